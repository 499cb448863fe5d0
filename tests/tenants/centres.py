"""Opening one more centre in a test with real logins."""

from tenants.activation import owner_active
from tenants.opening import NewCentre, open_centre
from tests.databases import administrator


def open_test_centre(schema: str) -> str:
    host = schema.replace("_", "-") + ".testserver"
    with owner_active():
        open_centre(NewCentre(schema, f"センター{schema}", host, "試験市"), adopt_login=True)
    return schema


def role_exists(schema: str) -> bool:
    with administrator() as admin:
        return admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", ["c_" + schema]).fetchone() is not None


def forget_role(schema: str) -> None:
    """Roles belong to the server and outlive a test's database."""
    with administrator() as admin:
        admin.execute(f"DROP ROLE IF EXISTS c_{schema}")
