"""The coordinator's desk: pages in the browser, served by this computer to this computer alone.

What is done here is done by `SchemeFolder`, and shown by the templates of pages: this room only
carries questions to the one and answers to the other. It needs the extra ``desk``; nothing of that
is loaded before a desk is opened.
"""

from rmmatch.desk.web.doors import Door
from rmmatch.desk.web.serving import create_app, serve_desk

__all__ = ["Door", "create_app", "serve_desk"]
