package io.github.dynarestore.internal.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectorySourceTest {

    @TempDir
    private Path outer;

    private Path directory;
    private final LongAdder bytesRead = new LongAdder();

    @BeforeEach
    void makeDirectory() throws IOException {
        directory = Files.createDirectory(outer.resolve("a backup"));
    }

    private void write(String name, int bytes) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[bytes]);
    }

    private SourceListing list() {
        return new DirectorySource(directory).list().join();
    }

    private InputStream open(BackupObject object) {
        return new FileObjectStream(object, bytesRead::add);
    }

    @Test
    void list_tree_isSortedAndSplit() throws IOException {
        write("b/2", 2);
        write("b/1", 1);
        write("a/9", 9);
        write("a/_SUCCESS", 0);
        write("processing-failed/x", 4);

        assertThat(list().objects()).extracting(BackupObject::sizeBytes).containsExactly(9L, 1L, 2L);
        assertThat(list().skipped())
                .extracting(SkippedObject::reason)
                .containsExactly("success-marker", "processing-failed");
        assertThat(list().objects().get(0).uri().toString())
                .startsWith("file:///")
                .endsWith("a%20backup/a/9");
    }

    @Test
    void list_symbolicLinks_areNotFollowed() throws IOException {
        Path elsewhere = Files.createDirectory(outer.resolve("elsewhere"));
        Files.write(elsewhere.resolve("secret"), new byte[5]);
        Files.createSymbolicLink(directory.resolve("link"), elsewhere);
        Files.createSymbolicLink(directory.resolve("file-link"), elsewhere.resolve("secret"));

        assertThat(list().objects()).isEmpty();
        assertThat(list().skipped())
                .extracting(SkippedObject::reason)
                .containsExactly("symbolic-link", "symbolic-link");
    }

    @Test
    void list_oneFile_isThatFile() throws IOException {
        write("x.gz", 3);

        assertThat(new DirectorySource(directory.resolve("x.gz")).list().join().objects())
                .hasSize(1);
    }

    @Test
    void list_missingDirectory_fails() {
        assertThatThrownBy(
                        () -> new DirectorySource(outer.resolve("none")).list().join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        RestoreException.class, e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.BACKUP_EMPTY));
    }

    @Test
    void list_tooMany_fails() throws IOException {
        write("1", 1);
        write("2", 1);
        write("3", 1);

        assertThat(new DirectorySource(directory, 3).list().join().objects()).hasSize(3);
        assertThatThrownBy(() -> new DirectorySource(directory, 2).list().join())
                .hasMessageContaining("more than 2");
    }

    @Test
    void open_unchangedFile_givesItsBytes() throws IOException {
        write("x", 200_000);

        try (InputStream in = open(list().objects().get(0))) {
            assertThat(in.readAllBytes()).hasSize(200_000);
        }
        assertThat(bytesRead.sum()).isEqualTo(200_000);
    }

    @Test
    void open_changedOrDeletedFile_isRefused() throws IOException {
        write("x", 10);
        BackupObject object = list().objects().get(0);
        Path file = directory.resolve("x");

        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
        assertChanged(() -> open(object));
        write("x", 11);
        assertChanged(() -> open(object));
        Files.delete(file);
        assertChanged(() -> open(object));
    }

    @Test
    void read_fileGrowsMeanwhile_isRefused() throws IOException {
        write("x", 10);
        try (InputStream in = open(list().objects().get(0))) {
            assertThat(in.read()).isZero();
            write("x", 20);
            assertChanged(in::readAllBytes);
        }
    }

    private static void assertChanged(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RestoreException.class, e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.SOURCE_CHANGED));
    }
}
