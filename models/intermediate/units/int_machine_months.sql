{{ months_of(['provider', 'only_scope'], ref('int_machine_scopes')) }}
