"""Which machines and persons exist, the collections they are in, who may read them, and who is online."""
