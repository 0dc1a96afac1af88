"""May we contact: rules as data, facts, caps and their reservations (Django app: import its modules)."""
