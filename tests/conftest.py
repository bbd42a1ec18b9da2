"""How the tests run everywhere."""

from hypothesis import HealthCheck, settings

# The machines are shared and slow at times: a property is about what happens, not about how long it takes.
settings.register_profile("healthpass", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("healthpass")
