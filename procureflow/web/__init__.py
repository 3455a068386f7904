"""HTML pages. A view validates a form, makes one service call and maps a refusal to a page."""
