"""Interactive voice response: menus, prompts, outcomes."""
