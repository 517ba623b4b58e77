package io.github.dynarestore.internal.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The payload that says what a run has done besides writing items: {@code name | 0 | text}, both in UTF-8. */
final class MemoCodec {

    /** There are as many indexes as DynamoDB allows, with names of up to 255 letters. */
    static final int MAX_BYTES = 1 << 16;

    private MemoCodec() {}

    static void write(String name, String text, FrameBuffer out) {
        byte[] bytes = (name + '\0' + text).getBytes(StandardCharsets.UTF_8);
        if (name.indexOf('\0') >= 0 || bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException("a memo of " + bytes.length + " bytes, or a name that is none");
        }
        out.put(bytes, 0, bytes.length);
    }

    static void read(ByteBuffer payload, Map<String, String> memos) throws IOException {
        String memo = StandardCharsets.UTF_8.decode(payload).toString();
        int end = memo.indexOf('\0');
        if (end < 0) {
            throw new InvalidJournalException("it has a memo that cannot be read");
        }
        memos.put(memo.substring(0, end), memo.substring(end + 1));
    }
}
