"""HTTP to this machine: httpx, which loads no certificates for it.

By itself httpx reads every certificate of certifi for each request that has no client: more
processor time than the request takes.
"""

import ssl
from functools import partial

import httpx

WITHOUT_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

get = partial(httpx.get, verify=WITHOUT_CERTIFICATES)
patch = partial(httpx.patch, verify=WITHOUT_CERTIFICATES)
post = partial(httpx.post, verify=WITHOUT_CERTIFICATES)
put = partial(httpx.put, verify=WITHOUT_CERTIFICATES)
request = partial(httpx.request, verify=WITHOUT_CERTIFICATES)
stream = partial(httpx.stream, verify=WITHOUT_CERTIFICATES)
