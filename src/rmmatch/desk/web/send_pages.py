from rmmatch.desk.web.answering import html
def send(desk, asked): return html('_said.html', text='x')
def file(desk, asked): return html('_said.html', text='x')
def letters(desk, asked): return html('_said.html', text='x')
