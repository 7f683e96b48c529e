# Replaced by the install rules: see tests/install for the consumer that checks them.
