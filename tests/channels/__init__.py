"""Every text channel through whole hubs: from a customer to an agent's desktop and back to the provider."""
