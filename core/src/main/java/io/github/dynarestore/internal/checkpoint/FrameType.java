package io.github.dynarestore.internal.checkpoint;

import org.jspecify.annotations.Nullable;

/** What a frame of a journal holds. */
enum FrameType {
    /** Some bytes of {@link BeginCodec}. */
    BEGIN_PART(1),
    /** How many bytes the parts of the begin hold, eight bytes. */
    BEGIN(2),
    /** Some bytes of the survey. */
    SURVEY_PART(3),
    /** How many bytes the parts of the survey hold, eight bytes. */
    SURVEY(4),
    /** {@link EndedCodec}. */
    ENDED(5),
    /** Nothing. */
    COMPLETED(6),
    /** {@link MemoCodec}. */
    MEMO(7);

    private static final FrameType[] ALL = values();

    private final byte code;

    FrameType(int code) {
        this.code = (byte) code;
    }

    /** The byte that stands for it in a frame. */
    byte code() {
        return code;
    }

    static @Nullable FrameType of(byte code) {
        int index = code - 1;
        return index >= 0 && index < ALL.length ? ALL[index] : null;
    }
}
