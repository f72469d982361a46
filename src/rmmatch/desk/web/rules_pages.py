from rmmatch.desk.web.answering import html
def rules(desk, asked): return html('_said.html', text='x')
def save(desk, asked): return html('_said.html', text='x')
def add(desk, asked): return html('_said.html', text='x')
def remove(desk, asked): return html('_said.html', text='x')
def save_text(desk, asked): return html('_said.html', text='x')
def compare(desk, asked): return html('_said.html', text='x')
def try_rule(desk, asked): return html('_said.html', text='x')
def weights(desk, asked): return html('_said.html', text='x')
