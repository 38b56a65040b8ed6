"""Whose a request is."""

from ipaddress import ip_network

from gateways.addresses import client_address


def test_only_our_proxies_are_believed() -> None:
    ours = (ip_network("10.0.0.0/8"),)
    assert client_address("192.0.2.1", "198.51.100.7", ours) == "192.0.2.1"
    assert client_address("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.2.3.4", ours) == "198.51.100.7"
    assert client_address("10.0.0.1", "", ours) == "10.0.0.1"
    assert client_address("2001:db8:1:2:3::4", "", ()) == "2001:db8:1:2::/64"
    assert client_address("::ffff:192.0.2.1", "", ()) == "192.0.2.1"
    assert client_address("10.0.0.1", "<script>", ours) == "unknown"
    assert client_address(None, "", ()) == "unknown"
