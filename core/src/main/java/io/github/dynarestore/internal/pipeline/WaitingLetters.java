package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.survey.SpillDirectory;
import io.github.dynarestore.model.DeadLetter;
import io.github.dynarestore.model.RestoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dead letters in the order in which they came: some in memory, those behind them in a file, as many as there is room for.
 * Used by one thread at a time.
 */
final class WaitingLetters implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(WaitingLetters.class);

    /** Of a letter without its raw bytes, about. */
    private static final int LETTER_BYTES = 300;

    /**
     * Room for letters.
     *
     * @param memoryBytes may be passed by one letter
     */
    record Room(long memoryBytes, long fileBytes) {}

    private final Room room;
    private final SpillDirectory directory;
    private final Deque<DeadLetter> inMemory = new ArrayDeque<>();
    private long memoryBytes;

    /** Not a channel: the interrupt that stops a reader would close it with letters in it. */
    private @Nullable RandomAccessFile file;

    private long written;
    private long read;
    private boolean isFileUnusable;

    /**
     * Creates it empty; nothing is made on disk yet.
     *
     * @param directory this class's own
     */
    WaitingLetters(Room room, SpillDirectory directory) {
        this.room = room;
        this.directory = directory;
    }

    /** Takes a letter over, if there is room. */
    boolean offer(DeadLetter letter) {
        if (memoryBytes < room.memoryBytes() && (read == written || isFileUnusable)) {
            inMemory.add(letter);
            memoryBytes += bytes(letter);
            return true;
        }
        return !isFileUnusable && append(letter);
    }

    private static long bytes(DeadLetter letter) {
        return letter.raw().length + LETTER_BYTES;
    }

    private boolean append(DeadLetter letter) {
        try {
            byte[] line = encoded(letter);
            if (written + Integer.BYTES + line.length > room.fileBytes()) {
                return false;
            }
            RandomAccessFile open = open();
            open.seek(written);
            open.writeInt(line.length);
            open.write(line);
            written += Integer.BYTES + line.length;
            return true;
        } catch (IOException | RestoreException e) {
            // What is written can still be read, and who has more to hand over waits for the sink.
            LOG.warn("dead letters wait in memory only: {}", e.toString());
            isFileUnusable = true;
            return false;
        }
    }

    private RandomAccessFile open() throws IOException {
        RandomAccessFile open = file;
        if (open == null) {
            open = new RandomAccessFile(directory.newOwnFile().toFile(), "rw");
            file = open;
        }
        return open;
    }

    /**
     * The next letter; null if none waits.
     *
     * @throws IOException if those in the file cannot be read
     */
    @Nullable
    DeadLetter poll() throws IOException {
        DeadLetter first = inMemory.poll();
        if (first != null) {
            memoryBytes -= bytes(first);
            return first;
        }
        if (read == written || file == null) {
            return null;
        }
        file.seek(read);
        byte[] line = new byte[file.readInt()];
        file.readFully(line);
        read += Integer.BYTES + line.length;
        if (read == written) {
            file.setLength(0);
            read = 0;
            written = 0;
        }
        return decoded(line);
    }

    boolean isEmpty() {
        return inMemory.isEmpty() && read == written;
    }

    private static byte[] encoded(DeadLetter letter) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(letter.raw().length + LETTER_BYTES);
        DataOutputStream out = new DataOutputStream(bytes);
        write(out, letter.object().getBytes(StandardCharsets.UTF_8));
        out.writeLong(letter.byteOffset());
        write(out, letter.reason().getBytes(StandardCharsets.UTF_8));
        write(out, letter.detail().getBytes(StandardCharsets.UTF_8));
        write(out, letter.raw());
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static DeadLetter decoded(byte[] line) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(line));
        return new DeadLetter(text(in), in.readLong(), text(in), text(in), in.readNBytes(in.readInt()));
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    /** Forgets all of them. */
    @Override
    public void close() {
        inMemory.clear();
        memoryBytes = 0;
        read = 0;
        written = 0;
        isFileUnusable = true;
        try (RandomAccessFile open = file;
                SpillDirectory mine = directory) {
            LOG.trace("{} of {} are closed", open, mine);
        } catch (IOException e) {
            LOG.debug("the file of waiting dead letters could not be closed: {}", e.toString());
        }
    }
}
