from rmmatch.desk.web.answering import html
def people(desk, asked): return html('_said.html', text='x')
def add_export(desk, asked): return html('_said.html', text='x')
def answer(desk, asked): return html('_said.html', text='x')
def edit(desk, asked): return html('_said.html', text='x')
