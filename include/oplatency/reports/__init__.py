"""Reports: the tables that the terminal, the pages and the exports show."""
