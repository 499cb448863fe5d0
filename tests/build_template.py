"""Fills the template database: everything migrated, two centres opened. Runs in a process of its own, once per state."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # not tests/, whose folders are named like our packages
sys.path.append(str(ROOT / "platform"))
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"

CENTRES = {
    "test_a": ("テストA相談センター", "A市", ("社会福祉法人あかり",)),
    "test_b": ("テストB相談センター", "B市", ("社会福祉法人あかり", "NPO法人みち")),
}


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from tenants.activation import owner_active
    from tenants.opening import NewCentre, open_centre

    call_command("migrate", verbosity=0)
    with owner_active():
        for schema, (name, municipality, corporations) in CENTRES.items():
            host = schema.replace("_", "-") + ".testserver"
            open_centre(NewCentre(schema, name, host, municipality, corporations), adopt_login=True)


if __name__ == "__main__":
    main()
