"""All of R2 that one server keeps."""

from localedge.state.database import Database
from localedge.state.r2.blobs import BlobFiles
from localedge.state.r2.buckets import R2Bucket, R2Buckets
from localedge.state.r2.objects import R2Objects
from localedge.state.r2.uploads import R2Uploads
from localedge.wire.r2_errors import R2BucketNotEmpty


class R2Store:
    """Buckets, objects and uploads; contents stand in files in the state folder.

    A file is complete before a row names it, so that a kill leaves nothing but files without a
    row, which are removed here when the server starts again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.files = BlobFiles(database.folder / "r2")
        self.buckets = R2Buckets(database)
        self.objects = R2Objects(database, self.files)
        self.uploads = R2Uploads(database, self.files, self.objects)
        self.files.keep_only(self.objects.blobs() | self.uploads.blobs())

    def delete_bucket(self, bucket: R2Bucket) -> None:
        """Delete a bucket; raise `R2BucketNotEmpty` while it holds objects."""
        if self.objects.totals(bucket)[0]:
            raise R2BucketNotEmpty(
                f"The bucket you tried to delete ({bucket.name}) is not empty "
                f"(account {bucket.account_id})."
            )
        unused = self.uploads.of_bucket(bucket)
        self.buckets.remove(bucket)
        self.files.remove(*unused)

    def clear(self) -> None:
        """Forget everything."""
        self.buckets.clear()
        self.files.keep_only(())
