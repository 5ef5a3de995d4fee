"""The demo's sites, persons, collections and devices. None of these devices has a client, and the page says so."""

from __future__ import annotations

SITES = (("AMS", "2111"), ("EHV", "2010"), ("RTM", "2103"))

PERSONS = (
    ("a.rahman", "Aisha Rahman", "Finance"),
    ("d.bakker", "Daan Bakker", "Finance"),
    ("e.jansen", "Eva Jansen", "Design"),
    ("f.elamrani", "Fatima El Amrani", "Engineering"),
    ("j.visser", "Jeroen Visser", "Engineering"),
    ("l.vdberg", "Lotte van den Berg", "Design"),
    ("m.yilmaz", "Murat Yılmaz", "Engineering"),
    ("n.dejong", "Niels de Jong", "Finance"),
    ("s.mulder", "Sanne Mulder", "Service desk"),
    ("t.kuipers", "Tess Kuipers", "Service desk"),
)

# name, kind, comment, query
COLLECTIONS = (
    (
        "Windows machines",
        "devices",
        "Everything that runs Windows",
        [{"attribute": "platform", "operator": "is", "value": "windows"}],
    ),
    (
        "Machines with a shell",
        "devices",
        "Linux and macOS",
        [{"attribute": "platform", "operator": "one_of", "value": ["linux", "macos"]}],
    ),
    ("Debian machines", "devices", "", [{"attribute": "os", "operator": "begins", "value": "Debian"}]),
    (
        "Laptops AMS",
        "devices",
        "Laptops of the Amsterdam office",
        [
            {"attribute": "name", "operator": "begins", "value": "LT-AMS"},
            {"attribute": "site", "operator": "is", "value": "AMS"},
        ],
    ),
    (
        "Office people",
        "persons",
        "Everybody with a department",
        [
            {"attribute": "department", "operator": "one_of", "value": ["Finance", "Design", "Engineering"]},
        ],
    ),
)

OSES = (
    ("windows", "Windows 11 24H2"),
    ("windows", "Windows 11 25H2"),
    ("windows", "Windows 10 22H2"),
    ("linux", "Debian 12"),
    ("windows", "Windows 11 23H2"),
    ("macos", "macOS 15"),
)
JOINS = ("hybrid", "domain", "hybrid", "azure_ad", "hybrid", "domain", "none")
CLIENTS = {"2111": ("2111", "2107", "2006"), "2103": ("2103", "2107", "2006"), "2010": ("2010", "2006")}
NUMBER = 40
