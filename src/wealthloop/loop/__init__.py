"""One night of the loop (Django app: import its modules once the state plane is open)."""
