"""The work: requests and policy carried out, each command run once and judged by what detection finds afterwards."""
