package io.github.dynarestore;

import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.spi.DeadLetterSink;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keeps dead letters in a file. */
public final class JsonLinesDeadLetters {

    private JsonLinesDeadLetters() {}

    /**
     * Returns a sink that writes one JSON object a line: {@code object}, {@code byteOffset}, {@code reason}, {@code
     * detail} and {@code raw}, the record's bytes in base64. The file is made at the first letter; one that is there is set
     * aside as {@code <name>.1}, or the next number that is free, and never written to. Without a letter nothing is touched. On POSIX only its owner can read it, for it holds
     * values of items. Closing makes it durable.
     *
     * @param file in an existing directory
     */
    public static DeadLetterSink to(Path file) {
        return new Sink(Objects.requireNonNull(file));
    }

    private static final class Sink implements DeadLetterSink {

        private static final int MAX_SET_ASIDE = 10_000;

        private final Path file;
        private @Nullable FileChannel channel;
        private @Nullable OutputStream lines;

        Sink(Path file) {
            this.file = file;
        }

        @Override
        public void accept(DeadLetter letter) throws IOException {
            OutputStream out = lines;
            if (out == null) {
                FileChannel made = create();
                channel = made;
                out = new BufferedOutputStream(Channels.newOutputStream(made));
                lines = out;
            }
            out.write(DeadLetterJson.line(letter));
        }

        private FileChannel create() throws IOException {
            setAside();
            boolean isPosix = Files.getFileStore(
                            Objects.requireNonNull(file.toAbsolutePath().getParent()))
                    .supportsFileAttributeView("posix");
            FileAttribute<?>[] ownerOnly = isPosix
                    ? new FileAttribute<?>[] {
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                    }
                    : new FileAttribute<?>[0];
            return FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly);
        }

        /** Letters of an earlier run may have been mended since, and not been used yet. */
        private void setAside() throws IOException {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                return;
            }
            if (!Files.isRegularFile(file)) {
                throw new FileSystemException(file.toString(), null, "not a file");
            }
            for (int number = 1; number <= MAX_SET_ASIDE; number++) {
                Path aside = file.resolveSibling(file.getFileName() + "." + number);
                try {
                    if (!Files.exists(aside, LinkOption.NOFOLLOW_LINKS)) {
                        Files.move(file, aside);
                        return;
                    }
                } catch (FileAlreadyExistsException e) {
                    // Somebody else has just taken the name.
                }
            }
            throw new FileAlreadyExistsException(file.toString(), null, MAX_SET_ASIDE + " of them are set aside");
        }

        @Override
        public void close() throws IOException {
            FileChannel open = channel;
            OutputStream out = lines;
            channel = null;
            lines = null;
            if (open == null || out == null) {
                return;
            }
            try (open) {
                out.flush();
                open.force(true);
            }
        }
    }
}
