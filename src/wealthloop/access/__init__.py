"""People, roles, branch scope, masking, person keys and the audit chain (Django app: import its modules)."""
