package io.github.dynarestore.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The objects of a backup, as those read them who are measured beside ours. */
interface BackupObjects {

    List<String> names() throws IOException;

    InputStream open(String name) throws IOException;

    /** The files of a directory. */
    static BackupObjects in(Path directory) {
        return new BackupObjects() {
            @Override
            public List<String> names() throws IOException {
                try (Stream<Path> files = Files.list(directory)) {
                    return files.map(file -> file.getFileName().toString())
                            .sorted()
                            .toList();
                }
            }

            @Override
            public InputStream open(String name) throws IOException {
                return Files.newInputStream(directory.resolve(name));
            }
        };
    }

    /** The objects of a bucket that has so few of them that they are listed in one page. */
    static BackupObjects in(S3AsyncClient s3, String bucket) {
        return new BackupObjects() {
            @Override
            public List<String> names() {
                return s3.listObjectsV2(list -> list.bucket(bucket)).join().contents().stream()
                        .map(S3Object::key)
                        .toList();
            }

            @Override
            public InputStream open(String name) {
                return s3.getObject(
                                get -> get.bucket(bucket).key(name),
                                AsyncResponseTransformer.<GetObjectResponse>toBlockingInputStream())
                        .join();
            }
        };
    }
}
