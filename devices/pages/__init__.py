"""Where administrators write down who is where: collections, persons, sites, roles."""
