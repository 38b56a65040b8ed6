"""Phones, trunks and attacks on SIP, read off their owners at the moment of a scrape."""

from collections.abc import Callable, Iterable, Sequence

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.blocked_addresses import BlockedAddresses
from hub.call_records import CallRecords
from hub.contact_status import ContactStatuses
from hub.phone_names import is_browser_phone
from hub.sip_view import Reached, TrunkStatus


class SipCollector(Collector):
    """What is not known has no figure: an old one would be taken for a new one."""

    def __init__(
        self,
        statuses: ContactStatuses,
        trunks: Callable[[], Sequence[TrunkStatus]],
        blocked: BlockedAddresses,
        records: CallRecords,
    ) -> None:
        self._statuses, self._trunks = statuses, trunks
        self._blocked, self._records = blocked, records

    def collect(self) -> Iterable[Metric]:
        yield from self._of_phones()
        yield from self._of_trunks()
        refusals = CounterMetricFamily(
            "toritsugi_sip_refusals", "Requests that Asterisk's SIP refused, by reason.", labels=("reason",)
        )
        for reason, count in sorted(self._blocked.refusals.items()):
            refusals.add_metric((reason,), float(count))
        yield refusals
        yield GaugeMetricFamily(
            "toritsugi_blocked_addresses",
            "Addresses that are blocked now.",
            value=float(len(self._blocked.active)),
        )
        yield CounterMetricFamily(
            "toritsugi_addresses_blocked",
            "How often this hub blocked an address.",
            value=float(self._blocked.blocks),
        )

        yield CounterMetricFamily(
            "toritsugi_call_records_compared",
            "Calls whose times were compared with Asterisk's.",
            value=float(self._records.compared),
        )
        yield CounterMetricFamily(
            "toritsugi_call_record_differences",
            "Times of calls in the journey that differ from Asterisk's by over a second.",
            value=float(self._records.found),
        )
        yield CounterMetricFamily(
            "toritsugi_call_record_differences_explained",
            "Times of calls that differ because the link to Asterisk was away when it happened.",
            value=float(self._records.explained),
        )

    def _of_phones(self) -> Iterable[Metric]:
        reachable = GaugeMetricFamily(
            "toritsugi_phone_reachable", "Whether a registered phone answers: 1 or 0.", labels=("endpoint",)
        )
        round_trip = GaugeMetricFamily(
            "toritsugi_phone_round_trip_seconds",
            "How long a phone took to answer OPTIONS.",
            labels=("endpoint",),
        )
        trunks = {each.trunk for each in self._trunks()}
        for endpoint in self._statuses.endpoints:
            if endpoint not in trunks and not is_browser_phone(endpoint):  # each has another name
                contacts = [Reached.of(contact) for contact in self._statuses.contacts(endpoint)]
                _add(reachable, round_trip, endpoint, self._statuses.is_reachable(endpoint), contacts)
        yield reachable
        yield round_trip

    def _of_trunks(self) -> Iterable[Metric]:
        reachable = GaugeMetricFamily(
            "toritsugi_trunk_reachable", "Whether a trunk answers: 1 or 0.", labels=("trunk",)
        )
        round_trip = GaugeMetricFamily(
            "toritsugi_trunk_round_trip_seconds",
            "How long a trunk took to answer OPTIONS.",
            labels=("trunk",),
        )
        registered = GaugeMetricFamily(
            "toritsugi_trunk_registered", "Whether we are registered at a trunk: 1 or 0.", labels=("trunk",)
        )
        for each in self._trunks():
            _add(reachable, round_trip, each.trunk, each.is_reachable, each.contacts)
            if each.is_registered is not None:
                registered.add_metric((each.trunk,), float(each.is_registered))
        yield reachable
        yield round_trip
        yield registered


def _add(
    reachable: GaugeMetricFamily,
    round_trip: GaugeMetricFamily,
    name: str,
    is_reachable: bool | None,
    contacts: Iterable[Reached],
) -> None:
    if is_reachable is not None:
        reachable.add_metric((name,), float(is_reachable))
    times = [each.round_trip_ms for each in contacts if each.is_reachable and each.round_trip_ms is not None]
    if times:
        round_trip.add_metric((name,), min(times) / 1000)
