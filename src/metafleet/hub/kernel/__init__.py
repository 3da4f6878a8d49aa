"""Clock, ids, tenant scope, nudges and the error base."""
