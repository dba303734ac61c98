"""A running Worker's binding to a secret of Secrets Store: its value, as it is now."""

from starlette.responses import PlainTextResponse, Response

from localedge.runtime.bindings.call import BindingCall
from localedge.state.secrets_store.store import SecretsStores


async def serve(call: BindingCall, stores: SecretsStores) -> Response:
    """Answer with the value; the text of a failure is what the binding throws."""
    name = call.binding["secret_name"]
    value = stores.value(call.ref.account_id, call.binding.get("store_id", ""), name)
    if value is None:
        return Response(f'Secret "{name}" not found', 404)
    return PlainTextResponse(value)
