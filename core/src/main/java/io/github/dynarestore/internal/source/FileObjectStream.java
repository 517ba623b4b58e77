package io.github.dynarestore.internal.source;

import io.github.dynarestore.model.BackupObject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;

/** Yields the bytes of one file, and makes sure that it still is the one that was listed. */
final class FileObjectStream extends InputStream {

    /** The JDK keeps a native buffer as large as the largest read for each thread. */
    private static final int MAX_READ_BYTES = 64 * 1024;

    private final BackupObject object;
    private final Path path;
    private final SeekableByteChannel channel;
    private final LongConsumer bytesRead;
    private final byte[] single = new byte[1];
    private long position;

    FileObjectStream(BackupObject object, LongConsumer bytesRead) {
        this.object = object;
        this.path = Path.of(object.uri());
        this.bytesRead = bytesRead;
        try {
            checkUnchanged();
            this.channel = Files.newByteChannel(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public int read() throws IOException {
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        int count;
        try {
            count = channel.read(ByteBuffer.wrap(buffer, offset, Math.min(length, MAX_READ_BYTES)));
            if (count < 0) {
                checkUnchanged();
            }
        } catch (ClosedByInterruptException e) {
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while reading " + path);
            interrupted.initCause(e);
            throw interrupted;
        } catch (java.nio.channels.ClosedChannelException e) {
            throw new IOException("the stream is closed", e);
        } catch (IOException e) {
            throw unreadable(e);
        }
        if (count > 0) {
            position += count;
            bytesRead.accept(count);
        }
        if (position > object.sizeBytes() || (count < 0 && position < object.sizeBytes())) {
            throw S3Errors.changed(object.uri(), "changed", null);
        }
        return count;
    }

    private void checkUnchanged() throws IOException {
        BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!now.isRegularFile() || !DirectorySource.etag(path, now).equals(object.etag())) {
            throw S3Errors.changed(object.uri(), "changed", null);
        }
    }

    private RestoreException unreadable(IOException error) {
        if (error instanceof NoSuchFileException) {
            return S3Errors.changed(object.uri(), "was deleted", error);
        }
        if (error instanceof AccessDeniedException) {
            return new RestoreException(
                    RestoreErrorCode.ACCESS_DENIED,
                    object.uri() + " may not be read",
                    "Let the user of this process read the file.",
                    error,
                    null);
        }
        return new RestoreException(
                RestoreErrorCode.SOURCE_UNREADABLE,
                object.uri() + " could not be read: " + error.getClass().getName(),
                "Check the disk.",
                error,
                null);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
