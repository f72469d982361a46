"""Sphinx configuration: builds without network."""

from importlib.metadata import version as installed_version

project = "rmmatch"
author = "The rmmatch developers"
release = version = installed_version("rmmatch")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx-mathjax-offline",
]
source_suffix = {".md": "myst-nb"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "rmmatch"

myst_enable_extensions = ["dollarmath", "colon_fence"]
nb_execution_mode = "off"  # code blocks are run by the tests, notebooks by .ci/run

autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True
nitpicky = False
