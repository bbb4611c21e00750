from tests.access.conftest import clients, count

__all__ = ["clients", "count"]
