package io.github.dynarestore.internal.survey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpillDirectoryTest {

    private static final int MADE_WHILE_SWEPT = 3_000;

    private static final String ABANDONED = "dynarestore-spill-0123456789abcdef0123456789abcdef";

    @TempDir
    Path parent;

    private List<Path> entries() throws IOException {
        try (var entries = Files.list(parent)) {
            return entries.toList();
        }
    }

    @Test
    void open_thenClose_isForItsOwnerOnlyAndLeavesNothing() throws IOException {
        SpillDirectory directory = new SpillDirectory(parent, java.time.Clock.systemUTC());
        assertThat(entries()).as("nothing is made before it is needed").isEmpty();

        directory.open(1_000);
        SpillFile file = directory.newFile();
        file.append(new long[] {1, 2, 3}, 3, SpillFile.newBuffer());

        Path made = entries().get(0);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
        try (var files = Files.list(made)) {
            assertThat(files).allSatisfy(path -> {
                assertThat(path.getFileName().toString()).matches("[0-9a-f]{8}|lock");
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .isEqualTo("rw-------");
            });
        }
        directory.close();
        assertThat(entries()).isEmpty();
    }

    @Test
    void sweep_leftoverOfADeadProcess_isGone() throws IOException {
        Path abandoned = Files.createDirectory(parent.resolve(ABANDONED));
        Files.writeString(abandoned.resolve("00000000"), "");
        Files.writeString(abandoned.resolve("00000001"), "rows");

        try (SpillDirectory directory = new SpillDirectory(parent, java.time.Clock.systemUTC())) {
            directory.sweep();
            directory.open(1);
            assertThat(entries()).hasSize(1).doesNotContain(abandoned);
        }
    }

    @Test
    void sweep_directoryInUseOrNotOurs_isLeftAlone() throws IOException {
        Path inUse = Files.createDirectory(parent.resolve(ABANDONED));
        Path foreign = Files.createDirectory(parent.resolve("dynarestore-spill-of-mine"));
        Files.writeString(foreign.resolve("00000000"), "");
        try (FileChannel lock = FileChannel.open(
                        inUse.resolve("00000000"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                var held = lock.lock();
                SpillDirectory directory = new SpillDirectory(parent, java.time.Clock.systemUTC())) {
            directory.sweep();
            directory.open(1);
            assertThat(held.isValid()).isTrue();
            assertThat(entries()).hasSize(3).contains(inUse, foreign);
        }
        assertThat(entries()).containsExactlyInAnyOrder(inUse, foreign);
    }

    @Test
    void sweep_diedBeforeItsLockWasMade_isGoneOnceItIsOld() throws IOException {
        Path young = Files.createDirectory(parent.resolve(ABANDONED));
        Path old = Files.createDirectory(parent.resolve(ABANDONED.replace('0', 'f')));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));

        try (SpillDirectory directory = new SpillDirectory(parent, java.time.Clock.systemUTC())) {
            directory.sweep();
            directory.open(1);
            assertThat(entries()).contains(young).doesNotContain(old);
        }
    }

    /** Between making its lock file and taking the lock, a directory looks like one that was left behind. */
    @Test
    void open_whileAnotherProcessSweeps_isNotSweptAway(@TempDir Path parent) throws Exception {
        Process sweeper = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Sweeper.class.getName(),
                        parent.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(sweeper.getInputStream().read()).isEqualTo('.');
            for (int i = 0; i < MADE_WHILE_SWEPT; i++) {
                try (SpillDirectory spill = new SpillDirectory(parent, Clock.systemUTC())) {
                    spill.open(0);
                    Files.createFile(spill.newPath());
                }
            }
            assertThat(sweeper.isAlive()).isTrue();
        } finally {
            sweeper.destroyForcibly().waitFor();
        }
    }

    /** Sweeps until it is killed. */
    static final class Sweeper {
        private Sweeper() {}

        /** Argument: the directory that is swept. */
        public static void main(String[] args) {
            System.out.print('.');
            System.out.flush();
            while (true) {
                new SpillDirectory(Path.of(args[0]), Clock.systemUTC()).sweep();
            }
        }
    }

    @Test
    void sweep_foreignFileInALeftover_isKept() throws IOException {
        Path abandoned = Files.createDirectory(parent.resolve(ABANDONED));
        Files.writeString(abandoned.resolve("00000000"), "");
        Path foreign = Files.writeString(abandoned.resolve("thesis.txt"), "years of work");

        try (SpillDirectory directory = new SpillDirectory(parent, java.time.Clock.systemUTC())) {
            directory.sweep();
            directory.open(1);
        }

        assertThat(foreign).exists();
    }

    /** Else the directory could not be swept for as long as this process lives. */
    @Test
    void close_filesThatCannotBeDeleted_givesTheLockBack() throws IOException {
        SpillDirectory directory = new SpillDirectory(parent, Clock.systemUTC());
        directory.open(1);
        Path made = entries().get(0);
        Path inTheWay = Files.createDirectory(made.resolve("fffffffe"));
        Files.writeString(inTheWay.resolve("file"), "");

        directory.close();

        Files.delete(inTheWay.resolve("file"));
        try (SpillDirectory next = new SpillDirectory(parent, Clock.systemUTC())) {
            next.sweep();
        }
        assertThat(made).doesNotExist();
    }

    @Test
    void open_moreThanTheDiskHas_isRefusedSayingHowMuch() {
        try (SpillDirectory directory = new SpillDirectory(parent, java.time.Clock.systemUTC())) {
            assertThatThrownBy(() -> directory.open(Long.MAX_VALUE))
                    .isInstanceOfSatisfying(RestoreException.class, e -> {
                        assertThat(e.code()).isEqualTo(RestoreErrorCode.SPILL_FAILED);
                        assertThat(e).hasMessageContaining(String.valueOf(Long.MAX_VALUE));
                        assertThat(e.hint()).contains("--spill-dir", "--memory");
                    });
        }
    }

    @Test
    void open_parentMissing_isATypedError() {
        SpillDirectory directory = new SpillDirectory(parent.resolve("missing"), java.time.Clock.systemUTC());

        assertThatThrownBy(() -> directory.open(1))
                .isInstanceOfSatisfying(
                        RestoreException.class, e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.SPILL_FAILED));
    }

    /** A disk that is nearly full takes a part of what it is given, then says why it takes no more. */
    @Test
    void append_diskFillsUp_isATypedErrorAndShortWritesAreWrittenOn() throws IOException {
        Path path = parent.resolve("rows");
        try (FullDisk disk = new FullDisk(
                FileChannel.open(
                        path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
                100)) {
            SpillFile file = new SpillFile(path, disk);
            ByteBuffer buffer = SpillFile.newBuffer();
            file.append(new long[] {1, 2, 3, 4, 5, 6, 7, 8}, 8, buffer);

            assertThatThrownBy(() -> file.append(new long[] {1, 2, 3, 4, 5, 6, 7, 8}, 8, buffer))
                    .isInstanceOfSatisfying(RestoreException.class, e -> {
                        assertThat(e.code()).isEqualTo(RestoreErrorCode.SPILL_FAILED);
                        assertThat(e).hasMessageContaining("No space left");
                    });
            assertThat(disk.writes()).isGreaterThan(8);
        }
    }

    @Test
    void read_fileThatBecameShorter_isATypedError() throws IOException {
        Path path = parent.resolve("rows");
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            SpillFile file = new SpillFile(path, new Shrinking(channel));
            file.append(new long[16], 16, SpillFile.newBuffer());

            assertThatThrownBy(() -> file.read((rows, longs) -> {}, SpillFile.newBuffer()))
                    .isInstanceOfSatisfying(
                            RestoreException.class, e -> assertThat(e.code()).isEqualTo(RestoreErrorCode.SPILL_FAILED));
        }
    }
}
