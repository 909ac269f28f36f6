"""The journal: which calls somebody asks for, what he may see of them, and how they are shown."""
