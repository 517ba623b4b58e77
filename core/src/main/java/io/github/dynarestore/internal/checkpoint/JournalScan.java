package io.github.dynarestore.internal.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Goes through a journal once and finds what is whole in it. Not thread-safe. */
final class JournalScan {

    private final Progress.Sum sum = new Progress.Sum();
    private final Map<String, String> memos = new TreeMap<>();
    private boolean begun;
    private boolean surveyed;
    private boolean anyEnded;
    private boolean completed;
    private long wholeBytes;
    private boolean hasTail;

    /** Type of the parts that wait for the frame that makes them count. */
    private @Nullable FrameType openParts;

    private long openPartsBytes;

    private JournalScan() {}

    /**
     * Scans a journal and closes it.
     *
     * @throws InvalidJournalException if it is none, or is damaged anywhere but at its end
     */
    static JournalScan of(InputStream journal) throws IOException {
        JournalScan scan = new JournalScan();
        try (FrameReader frames = new FrameReader(journal)) {
            scan.run(frames);
        }
        return scan;
    }

    boolean begun() {
        return begun;
    }

    boolean surveyed() {
        return surveyed;
    }

    boolean anyEnded() {
        return anyEnded;
    }

    boolean completed() {
        return completed;
    }

    /** What was written down last under each name. */
    Map<String, String> memos() {
        return memos;
    }

    Progress progress() {
        return sum.result();
    }

    /** How much of the journal, from its start, can be built upon; 0 if not even the header is whole. */
    long wholeBytes() {
        return wholeBytes;
    }

    /** Whether something lies behind that. */
    boolean hasTail() {
        return hasTail;
    }

    private void run(FrameReader frames) throws IOException {
        if (!frames.readHeader()) {
            hasTail = frames.hasMore();
            return;
        }
        wholeBytes = frames.offset();
        while (frames.next()) {
            accept(frames);
            if (openParts == null) {
                wholeBytes = frames.offset();
            }
        }
        long brokenOffset = frames.offset();
        boolean isBroken = frames.hasMore();
        if (isBroken && frames.isFrameBehind()) {
            // A torn write has nothing behind it: this was damaged later, and what it said is not known.
            throw new InvalidJournalException("it is damaged at byte " + brokenOffset);
        }
        hasTail = isBroken || openParts != null;
    }

    private void accept(FrameReader frames) throws IOException {
        FrameType type = frames.type();
        ByteBuffer payload = frames.payload();
        boolean isInOrder = switch (type) {
            case BEGIN_PART -> !begun && add(type, payload);
            case BEGIN -> !begun && (begun = close(FrameType.BEGIN_PART, payload));
            case SURVEY_PART -> isSurveyNext() && add(type, payload);
            case SURVEY -> isSurveyNext() && (surveyed = close(FrameType.SURVEY_PART, payload));
            case ENDED -> isRunning() && (anyEnded = true);
            case COMPLETED -> isRunning() && (completed = true);
            case MEMO -> isRunning();
        };
        if (!isInOrder) {
            throw new InvalidJournalException("it has a frame that does not belong before byte " + frames.offset());
        }
        if (type == FrameType.ENDED) {
            EndedCodec.read(payload, sum);
        }
        if (type == FrameType.MEMO) {
            MemoCodec.read(payload, memos);
        }
    }

    private boolean isSurveyNext() {
        return begun && !surveyed && !anyEnded && !completed;
    }

    private boolean isRunning() {
        return begun && !completed && openParts == null;
    }

    private boolean add(FrameType part, ByteBuffer payload) {
        openParts = part;
        openPartsBytes += payload.remaining();
        return true;
    }

    private boolean close(FrameType part, ByteBuffer payload) {
        boolean isWhole = (openParts == null || openParts == part)
                && payload.remaining() == Long.BYTES
                && payload.getLong() == openPartsBytes;
        openParts = null;
        openPartsBytes = 0;
        return isWhole;
    }
}
