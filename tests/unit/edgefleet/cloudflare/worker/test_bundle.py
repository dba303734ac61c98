"""The digest of a bundle."""

from edgefleet.cloudflare.worker.bundle import Bundle, Manifest, Module

MAIN = Module(name="index.js", content_type="application/javascript+module", content=b"a")
TEXT = Module(name="t.txt", content_type="text/plain", content=b"b")


def bundle(*modules: Module, main: str = "index.js", builder: str = "wrangler 4") -> Bundle:
    return Bundle(main_module=main, modules=modules, builder=builder)


def test_the_digest_is_of_what_runs_alone() -> None:
    assert bundle(MAIN, TEXT).digest == bundle(TEXT, MAIN, builder="wrangler 5").digest


def test_every_byte_name_type_and_main_change_the_digest() -> None:
    digests = {
        bundle(MAIN, TEXT).digest,
        bundle(MAIN).digest,
        bundle(MAIN, TEXT, main="t.txt").digest,
        bundle(MAIN, TEXT.model_copy(update={"content": b"c"})).digest,
        bundle(MAIN, TEXT.model_copy(update={"name": "u.txt"})).digest,
        bundle(MAIN, TEXT.model_copy(update={"content_type": "text/html"})).digest,
    }
    assert len(digests) == 6


def test_a_manifest_names_every_module_with_its_digest() -> None:
    manifest = Manifest.of(bundle(MAIN, TEXT))
    assert manifest.digest == bundle(MAIN, TEXT).digest
    assert [(entry.name, entry.sha256, entry.size) for entry in manifest.modules] == [
        ("index.js", MAIN.digest, 1),
        ("t.txt", TEXT.digest, 1),
    ]
