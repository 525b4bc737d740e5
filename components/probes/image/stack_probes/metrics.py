"""What the probes have found out, for Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/

No label names a person or an address.
"""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

success = Gauge("stack_probe_success", "Whether the last one of its kind succeeded.", ["probe"])
duration = Histogram("stack_probe_duration_seconds", "How long those took that succeeded.", ["probe"], buckets=_SECONDS)
failures = Counter("stack_probe_failures", "How many have failed.", ["probe"])
expiry = Gauge("stack_certificate_served_expiry_timestamp_seconds", "When the certificate ends that was shown last.", ["domain", "service"])
delivery = Histogram("stack_canary_delivery_seconds", "From sending a message to reading it in the archive.", buckets=_SECONDS)
logins = Counter("stack_canary_logins", "Logins of the stack's own account.", ["result"])
messages = Counter("stack_canary_messages", "Messages that it has sent and looked for in its archive.", ["result"])
skew = Gauge("stack_clock_skew_seconds", "The clock here minus the server's, as far as whole seconds tell.")
alerts = Counter("stack_alerts_sent", "Messages about alerts to administrators, one for each of them.", ["result"])

# A counter that is not there before the first failure shows no increase with it.
for counter in (logins, messages, alerts):
    for result in ("ok", "failed"):
        counter.labels(result)


def begin(probes: list[str]) -> None:
    """Has the figures of these, and of no others that a former configuration had."""
    for metric in (success, duration, failures, expiry):
        metric.clear()
    for probe in probes:
        duration.labels(probe)
        failures.labels(probe)
