"""From an export to a form: what a person should be asked, with the evidence."""
