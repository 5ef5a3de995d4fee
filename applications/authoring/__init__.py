"""Where administrators write down what can be installed and for whom: applications, groups and deployments."""
