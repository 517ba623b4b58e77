package io.github.dynarestore.model;

import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * One thing read from a backup: a snapshot's item, or a change. The engine owns one instance per reader and has it
 * filled again and again; images are slices of the reader's buffer, so nothing is allocated per record. A slice is
 * valid until the reader is asked for the next record.
 *
 * <p>Images and keys are JSON objects in DynamoDB's own notation, {@code {"name":{"S":"text"}}}, as UTF-8.
 *
 * <p>Not thread-safe.
 */
public final class BackupRecord {

    /** What a record does to its key. */
    public enum Kind {
        /** The key has the record's new image afterwards. */
        PUT,
        /** The key is gone afterwards. */
        DELETE
    }

    /** Size of an image that its reader has not measured; the engine then checks and measures it itself. */
    public static final int UNMEASURED = -1;

    private static final byte[] NOTHING = new byte[0];

    private Kind kind = Kind.PUT;
    private byte[] keysBytes = NOTHING;
    private int keysOffset;
    private int keysLength;
    private byte[] newBytes = NOTHING;
    private int newOffset;
    private int newLength;
    private int newItemSizeBytes = UNMEASURED;
    private long newDigest;
    private byte[] oldBytes = NOTHING;
    private int oldOffset;
    private int oldLength;
    private long oldDigest;
    private ChangeOrder.Basis orderBasis = ChangeOrder.Basis.SNAPSHOT;
    private short orderHigh;
    private long orderMiddle;
    private long orderLow;
    private long timeEpochMicros;
    private @Nullable TimePrecision timePrecision;
    private boolean expiry;
    private boolean insert;
    private @Nullable String tableName;
    private @Nullable String streamArn;
    private long byteOffset;
    private int byteLength;
    private byte[] rawBytes = NOTHING;
    private int rawOffset;
    private boolean hasRaw;

    /**
     * Forgets all that the record held: it is then a put from a snapshot, without images, keys and time. Arrays stay where a
     * length of 0 says that nothing of them is meant, and references that are as they should be are not written again: each
     * one costs what the garbage collector wants to know of it ({@code FormatBenchmark}).
     */
    public void clear() {
        kind(Kind.PUT);
        keysOffset = 0;
        keysLength = 0;
        newOffset = 0;
        newLength = 0;
        newItemSizeBytes = UNMEASURED;
        newDigest = 0;
        oldOffset = 0;
        oldLength = 0;
        oldDigest = 0;
        order(ChangeOrder.Basis.SNAPSHOT, (short) 0, 0, 0);
        timeEpochMicros = 0;
        if (timePrecision != null) {
            timePrecision = null;
        }
        expiry = false;
        insert = false;
        if (tableName != null) {
            tableName = null;
        }
        if (streamArn != null) {
            streamArn = null;
        }
        byteOffset = 0;
        byteLength = 0;
        rawOffset = 0;
        hasRaw = false;
    }

    /** Says whether the key exists afterwards. */
    public void kind(Kind kind) {
        if (this.kind != kind) {
            this.kind = kind;
        }
    }

    /** Whether the key exists afterwards. */
    public Kind kind() {
        return kind;
    }

    /** Sets the key attributes; needed for deletes, optional for puts (the engine then finds them in the image). */
    public void keys(byte[] json, int offset, int length) {
        if (keysBytes != json) {
            keysBytes = json;
        }
        keysOffset = offset;
        keysLength = length;
    }

    /** Sets the key attributes from values. */
    public void keys(Map<String, AttributeValue> keys) {
        byte[] json = ItemImage.of(keys).toByteArray();
        keys(json, 0, json.length);
    }

    /** Whether the record says its key attributes apart from its images. */
    public boolean hasKeys() {
        return keysLength > 0;
    }

    /** Array that holds the key attributes' JSON. */
    public byte[] keysBytes() {
        return keysBytes;
    }

    /** Where the key attributes' JSON begins in {@link #keysBytes()}. */
    public int keysOffset() {
        return keysOffset;
    }

    /** Length of the key attributes' JSON in bytes; 0 if there is none. */
    public int keysLength() {
        return keysLength;
    }

    /**
     * Sets the item as it is after the change.
     *
     * @param itemSizeBytes DynamoDB's size of the item as {@code json.ItemScanner} measured it, which also says that
     *     the slice was checked; {@link #UNMEASURED} if it was not
     */
    public void newImage(byte[] json, int offset, int length, int itemSizeBytes) {
        newImage(json, offset, length, itemSizeBytes, 0);
    }

    /**
     * Sets the item as it is after the change.
     *
     * @param itemSizeBytes DynamoDB's size of the item as {@code json.ItemScanner} measured it, which also says that
     *     the slice was checked; {@link #UNMEASURED} if it was not
     * @param digest {@code json.ItemScanner}'s digest of the item, which saves the engine a second look; 0 if it is not
     *     known
     */
    public void newImage(byte[] json, int offset, int length, int itemSizeBytes, long digest) {
        if (newBytes != json) {
            newBytes = json;
        }
        newOffset = offset;
        newLength = length;
        newItemSizeBytes = itemSizeBytes;
        newDigest = digest;
    }

    /** Sets the item as it is after the change from values; for formats that are not DynamoDB JSON. */
    public void newImage(Map<String, AttributeValue> item) {
        byte[] json = ItemImage.of(item).toByteArray();
        newImage(json, 0, json.length, UNMEASURED);
    }

    /** Whether the record has the item as it is after the change. */
    public boolean hasNewImage() {
        return newLength > 0;
    }

    /** Array that holds the new image's JSON. */
    public byte[] newImageBytes() {
        return newBytes;
    }

    /** Where the new image begins in {@link #newImageBytes()}. */
    public int newImageOffset() {
        return newOffset;
    }

    /** Length of the new image's JSON in bytes; 0 if there is none. */
    public int newImageLength() {
        return newLength;
    }

    /** DynamoDB's size of the new image in bytes, or {@link #UNMEASURED}. */
    public int newItemSizeBytes() {
        return newItemSizeBytes;
    }

    /** Digest of the new image; 0 if its reader did not make it. */
    public long newDigest() {
        return newDigest;
    }

    /** Sets the item as it was before the change. */
    public void oldImage(byte[] json, int offset, int length) {
        oldImage(json, offset, length, 0);
    }

    /**
     * Sets the item as it was before the change.
     *
     * @param digest {@code json.ItemScanner}'s digest of the item, which saves the engine a second look; 0 if it is not
     *     known
     */
    public void oldImage(byte[] json, int offset, int length, long digest) {
        oldDigest = digest;
        if (oldBytes != json) {
            oldBytes = json;
        }
        oldOffset = offset;
        oldLength = length;
    }

    /** Sets the item as it was before the change from values; for formats that are not DynamoDB JSON. */
    public void oldImage(Map<String, AttributeValue> item) {
        byte[] json = ItemImage.of(item).toByteArray();
        oldImage(json, 0, json.length);
    }

    /** Whether the record has the item as it was before the change. */
    public boolean hasOldImage() {
        return oldLength > 0;
    }

    /** Digest of the old image; 0 if its reader did not make it. */
    public long oldDigest() {
        return oldDigest;
    }

    /** Array that holds the old image's JSON. */
    public byte[] oldImageBytes() {
        return oldBytes;
    }

    /** Where the old image begins in {@link #oldImageBytes()}. */
    public int oldImageOffset() {
        return oldOffset;
    }

    /** Length of the old image's JSON in bytes; 0 if there is none. */
    public int oldImageLength() {
        return oldLength;
    }

    /** Sets the place among the changes of the same key. */
    public void order(ChangeOrder order) {
        order(order.basis(), order.high(), order.middle(), order.low());
    }

    /** Sets the place among the changes of the same key, in the parts of {@link ChangeOrder}, without an object. */
    public void order(ChangeOrder.Basis basis, short high, long middle, long low) {
        if (orderBasis != basis) {
            orderBasis = basis;
        }
        orderHigh = high;
        orderMiddle = middle;
        orderLow = low;
    }

    /** What the place is taken from. */
    public ChangeOrder.Basis orderBasis() {
        return orderBasis;
    }

    /** {@link ChangeOrder#high()} of the place. */
    public short orderHigh() {
        return orderHigh;
    }

    /** {@link ChangeOrder#middle()} of the place. */
    public long orderMiddle() {
        return orderMiddle;
    }

    /** {@link ChangeOrder#low()} of the place. */
    public long orderLow() {
        return orderLow;
    }

    /** Sets when the change was made, in microseconds since 1970 UTC, and how finely that is known. */
    public void time(long epochMicros, TimePrecision precision) {
        timeEpochMicros = epochMicros;
        timePrecision = precision;
    }

    /** Sets when the change was made. */
    public void time(Instant instant, TimePrecision precision) {
        time(
                Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1_000),
                precision);
    }

    /** Whether the record says when the change was made. */
    public boolean hasTime() {
        return timePrecision != null;
    }

    /** When the change was made, in microseconds since 1970 UTC; meaningless without {@link #hasTime()}. */
    public long timeEpochMicros() {
        return timeEpochMicros;
    }

    /** How finely the time is known; null if there is none. */
    public @Nullable TimePrecision timePrecision() {
        return timePrecision;
    }

    /** Says that DynamoDB's time to live removed the item. */
    public void expiry(boolean expiry) {
        this.expiry = expiry;
    }

    /** Whether DynamoDB's time to live removed the item. */
    public boolean isExpiry() {
        return expiry;
    }

    /**
     * Says that there was no item of this key before, as stream records of inserts do. A record without an old image that
     * does not say so may have had one before.
     */
    public void insert(boolean insert) {
        this.insert = insert;
    }

    /** Whether it is known that there was no item of this key before. */
    public boolean isInsert() {
        return insert;
    }

    /** Says which table the record speaks of, where the format knows. */
    public void tableName(@Nullable String tableName) {
        this.tableName = tableName;
    }

    /** Table that the record speaks of; null if the format does not say. */
    public @Nullable String tableName() {
        return tableName;
    }

    /** Says of which DynamoDB stream the record is, where the format knows: the stream's ARN, its label included. */
    public void streamArn(@Nullable String streamArn) {
        this.streamArn = streamArn;
    }

    /** ARN of the DynamoDB stream that the record is of; null if the format does not say. */
    public @Nullable String streamArn() {
        return streamArn;
    }

    /** Says where the record stands in the decompressed object. */
    public void position(long byteOffset, int byteLength) {
        this.byteOffset = byteOffset;
        this.byteLength = byteLength;
    }

    /** Says where the record stands in the decompressed object, and in the reader's buffer for dead letters. */
    public void position(long byteOffset, byte[] buffer, int offset, int byteLength) {
        position(byteOffset, byteLength);
        if (rawBytes != buffer) {
            rawBytes = buffer;
        }
        rawOffset = offset;
        hasRaw = true;
    }

    /** Says where the record stands in the decompressed object, of which the reader's buffer holds another form. */
    public void byteOffset(long byteOffset) {
        this.byteOffset = byteOffset;
    }

    /** A copy of the record's first bytes, at most {@link DeadLetter#MAX_RAW_BYTES}; empty if the reader has none. */
    public byte[] raw() {
        if (!hasRaw) {
            return NOTHING;
        }
        int length = Math.min(Math.min(byteLength, DeadLetter.MAX_RAW_BYTES), rawBytes.length - rawOffset);
        return Arrays.copyOfRange(rawBytes, rawOffset, rawOffset + length);
    }

    /** Where the record begins in the decompressed object, in bytes. */
    public long byteOffset() {
        return byteOffset;
    }

    /** Length of the record in the decompressed object, in bytes. */
    public int byteLength() {
        return byteLength;
    }
}
