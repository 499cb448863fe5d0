"""Fills the machine under fault: one centre, its people, their cases. A process of its own, with the machine's environment."""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)  # not tests/faults
sys.path.append(str(ROOT / "platform"))


def main() -> None:
    import django

    django.setup()
    from tenants.activation import centre_active, owner_active
    from tenants.opening import NewCentre, open_centre
    from tests.factories.casework import make_case
    from tests.factories.people import PASSWORD, staff

    with owner_active():
        open_centre(NewCentre("shiken", "故障の試験所（見本）", os.environ["FAULTS_HOST"], "見本市", ("見本法人",)))
    with centre_active("shiken"):
        people = [
            staff("counsellor", email=f"kakari{number}@shiken.example.jp", name=f"係 {number}", password=PASSWORD) for number in range(4)
        ]
        cases = {person.email: [str(make_case(by=person).pk) for _ in range(3)] for person in people}
    sys.stdout.write(json.dumps(cases))


if __name__ == "__main__":
    main()
