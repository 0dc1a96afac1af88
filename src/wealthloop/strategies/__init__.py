"""Strategy documents, their versions and approval, the value book (Django app: import its modules)."""
