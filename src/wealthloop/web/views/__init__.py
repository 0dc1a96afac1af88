"""Views: one module a room; thin, they ask the services and choose a template."""
