{{ months_of(['provider', 'only_scope'], ref('machine_scopes')) }}
