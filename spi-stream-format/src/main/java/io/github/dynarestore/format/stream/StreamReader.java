package io.github.dynarestore.format.stream;

import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import io.github.dynarestore.json.JsonCursor;
import io.github.dynarestore.json.RecordBuffer;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.TimePrecision;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the records of one object. */
final class StreamReader implements RecordReader {

    static final String UNKNOWN_SHAPE = "record.unknown-shape";
    static final String NO_NEW_IMAGE = "record.no-new-image";
    static final String NO_ORDER = "record.no-order";
    static final String BAD_FIELD = "record.bad-field";

    /** Times were whole minutes until some day in 2018 (observed; not documented). */
    private static final long MINUTES_UNTIL_EPOCH_SECOND =
            Instant.parse("2019-01-01T00:00:00Z").getEpochSecond();

    private static final int MAX_TIME_DIGITS = 18;

    /** API reference, "DescribeStream"; people are shown it. */
    private static final Pattern ARN_PATTERN = Pattern.compile("[!-~]{1,1024}");

    /** Developer guide, "Naming rules"; shorter names than the three signs said there do no harm. */
    private static final Pattern TABLE_NAME_PATTERN = Pattern.compile("[A-Za-z0-9_.-]{1,255}");

    /** Value of each digit, -1 of what is none: {@code Character.digit} is slower, {@code FormatBenchmark} of {@code KINESIS}. */
    private static final byte[] HEX_DIGITS = new byte[256];

    static {
        Arrays.fill(HEX_DIGITS, (byte) -1);
        for (int i = 0; i < 16; i++) {
            HEX_DIGITS[Character.forDigit(i, 16)] = (byte) i;
            HEX_DIGITS[Character.toUpperCase(Character.forDigit(i, 16))] = (byte) i;
        }
    }

    private final RecordShape shape;
    private final RecordBuffer buffer;
    private final boolean isReadAgain;
    private final JsonCursor json = new JsonCursor();
    private final MemberNames namesOfEnvelope = new MemberNames();
    private final MemberNames namesOfChange = new MemberNames();
    private final ItemScanner items = new ItemScanner();
    private final TwiceEncodedItem keys = new TwiceEncodedItem();
    private final TwiceEncodedItem newImage = new TwiceEncodedItem();
    private final TwiceEncodedItem oldImage = new TwiceEncodedItem();
    private boolean mayKeysHaveBinary;
    private @Nullable MessageDigest md5;

    private int named;
    private int seen;
    private Event event = Event.NONE;
    private long lowDigits;
    private long middleDigits;
    private short highDigits;
    private long idHigh;
    private long idLow;
    private byte[] text = new byte[64];

    /** The table of the record before, which is that of most. */
    private String tableName = "";

    private byte[] tableNameUtf8 = {};

    private enum Event {
        NONE,
        INSERT,
        MODIFY,
        REMOVE
    }

    private static final int KEYS = 1;
    private static final int NEW_IMAGE = 1 << 1;
    private static final int OLD_IMAGE = 1 << 2;
    private static final int SEQUENCE_NUMBER = 1 << 3;
    private static final int TIME = 1 << 4;
    private static final int EVENT_NAME = 1 << 5;
    private static final int USER_IDENTITY = 1 << 6;
    private static final int DYNAMODB = 1 << 7;
    private static final int SOURCE_ARN = 1 << 8;
    private static final int TABLE_NAME = 1 << 9;
    private static final int EVENT_ID = 1 << 10;

    StreamReader(RecordShape shape, InputStream in, ReaderContext context) {
        this.shape = shape;
        buffer = new RecordBuffer(in, context.maxRecordBytes(), shape.signature());
        isReadAgain = context.isReadAgain();
    }

    /** Begins anew with what the stream gives now. */
    void restart() {
        buffer.restart();
    }

    @Override
    public boolean next(BackupRecord record) throws IOException {
        if (!buffer.nextStart()) {
            return false;
        }
        while (true) {
            try {
                record.clear();
                buffer.accept(record, parse(record));
                return true;
            } catch (InvalidItemException e) {
                buffer.fillOrThrow(e);
            }
        }
    }

    private int parse(BackupRecord record) throws InvalidItemException {
        json.reset(buffer.bytes(), buffer.start(), buffer.limit());
        named = 0;
        seen = 0;
        event = Event.NONE;
        idHigh = 0;
        idLow = 0;
        namesOfEnvelope.reset();
        namesOfChange.reset();
        members(record, true);
        check(record);
        return json.position();
    }

    private void members(BackupRecord record, boolean isEnvelope) throws InvalidItemException {
        json.take('{');
        int brace = json.position() - 1;
        if (json.takeIf('}')) {
            return;
        }
        MemberNames names = isEnvelope ? namesOfEnvelope : namesOfChange;
        do {
            int at = json.position();
            int name = nextName(names, isEnvelope);
            if (name == 0) {
                json.skipDistinct();
                names.learnValue(buffer.bytes(), json.position());
            } else if (name != MemberNames.IGNORED) {
                if ((named & name) != 0) {
                    throw bad(UNKNOWN_SHAPE, at, "one member stands twice in a record");
                }
                named |= name;
                if (json.peek() == 'n') {
                    // Some shippers write what a record does not have.
                    json.literal("null");
                } else {
                    seen |= name;
                    member(record, name);
                }
            }
        } while (json.takeIf(','));
        json.take('}');
        names.requireDistinct(json, brace);
    }

    /** Takes a name and the colon behind it. */
    private int nextName(MemberNames names, boolean isEnvelope) throws InvalidItemException {
        int known = names.take(json);
        if (known != MemberNames.UNKNOWN) {
            return known;
        }
        int from = json.position();
        json.name();
        int name = name(isEnvelope);
        names.learn(name, json, buffer.bytes(), from);
        return name;
    }

    private int name(boolean isEnvelope) {
        switch (json.textUtf8Length()) {
            case 4 -> {
                return json.textIs("Keys") ? KEYS : 0;
            }
            case 7 -> {
                return shape == RecordShape.KINESIS && isEnvelope && json.textIs("eventID") ? EVENT_ID : 0;
            }
            case 8 -> {
                return json.textIs("NewImage")
                        ? NEW_IMAGE
                        : json.textIs("OldImage") ? OLD_IMAGE : isEnvelope && json.textIs("dynamodb") ? DYNAMODB : 0;
            }
            case 9 -> {
                return json.textIs("eventName") ? EVENT_NAME : isEnvelope && json.textIs("tableName") ? TABLE_NAME : 0;
            }
            case 12 -> {
                return json.textIs("userIdentity") ? USER_IDENTITY : 0;
            }
            case 14 -> {
                return json.textIs("SequenceNumber") ? SEQUENCE_NUMBER : json.textIs("eventSourceARN") ? SOURCE_ARN : 0;
            }
            case 27 -> {
                return json.textIs("ApproximateCreationDateTime") ? TIME : 0;
            }
            default -> {
                return 0;
            }
        }
    }

    private void member(BackupRecord record, int name) throws InvalidItemException {
        switch (name) {
            case KEYS -> keys(record, object("Keys"));
            case NEW_IMAGE -> newImage(record, object("NewImage"));
            case OLD_IMAGE -> oldImage(record, object("OldImage"));
            case SEQUENCE_NUMBER -> sequenceNumber();
            case TIME -> time(record);
            case EVENT_NAME -> eventName();
            case USER_IDENTITY -> record.expiry(isTimeToLive());
            case DYNAMODB -> {
                object("dynamodb");
                members(record, false);
            }
            case TABLE_NAME -> {
                text("tableName");
                record.tableName(tableName());
            }
            case EVENT_ID -> {
                text("eventID");
                identity();
            }
            default -> sourceArn(record);
        }
    }

    private void keys(BackupRecord record, int from) throws InvalidItemException {
        // Whoever reads a key out of them refuses names that stand twice.
        json.skipValue();
        byte[] bytes = buffer.bytes();
        int to = json.position();
        mayKeysHaveBinary = shape == RecordShape.KINESIS && mayHaveBinary(bytes, from, to);
        record.keys(bytes, from, to - from);
    }

    /** Whether there may be a tag that says so, which might be spelled with an escape. */
    private static boolean mayHaveBinary(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            boolean isTag = bytes[i] == 'B' && bytes[i - 1] == '"' && (bytes[i + 1] == '"' || bytes[i + 1] == 'S');
            if (isTag || bytes[i] == '\\') {
                return true;
            }
        }
        return false;
    }

    private void newImage(BackupRecord record, int from) throws InvalidItemException {
        if (isUnwrapped(newImage, from)) {
            record.newImage(
                    newImage.bytes(), newImage.offset(), newImage.length(), newImage.sizeBytes(), newImage.digest());
        } else {
            int to = items.scan(buffer.bytes(), from, buffer.limit());
            json.position(to);
            record.newImage(buffer.bytes(), from, to - from, items.itemSizeBytes(), items.digest());
        }
    }

    private void oldImage(BackupRecord record, int from) throws InvalidItemException {
        if (isReadAgain) {
            // Nobody asks for its digest any more, and there is nothing to undo in one without binary values. A record
            // that has
            // a name twice in there was refused, and is not looked at again.
            oldImage.reset();
            json.skipValue();
            if (shape != RecordShape.KINESIS || !mayHaveBinary(buffer.bytes(), from, json.position())) {
                record.oldImage(buffer.bytes(), from, json.position() - from, 0);
                return;
            }
        }
        if (isUnwrapped(oldImage, from)) {
            record.oldImage(oldImage.bytes(), oldImage.offset(), oldImage.length(), oldImage.digest());
        } else {
            long digest = oldDigest(from);
            record.oldImage(buffer.bytes(), from, json.position() - from, digest);
        }
    }

    /** Goes behind an item in which Kinesis has encoded binary values twice, and undoes that. */
    private boolean isUnwrapped(TwiceEncodedItem item, int from) throws InvalidItemException {
        if (shape != RecordShape.KINESIS) {
            return false;
        }
        int end = item.scan(buffer.bytes(), from, buffer.limit());
        if (end < 0) {
            return false;
        }
        json.position(end);
        return true;
    }

    /** Goes behind an old image; 0 for one that is no item, which matters only if it is to be written. */
    private long oldDigest(int from) throws InvalidItemException {
        try {
            json.position(items.scan(buffer.bytes(), from, buffer.limit()));
            return items.digest();
        } catch (InvalidItemException e) {
            if (e.reason().equals(JsonCursor.TRUNCATED)) {
                throw e;
            }
            json.position(from);
            json.skipDistinct();
            return 0;
        }
    }

    private int object(String name) throws InvalidItemException {
        if (json.peek() != '{') {
            throw bad(BAD_FIELD, json.position(), name + " is not an object");
        }
        return json.position();
    }

    private void text(String name) throws InvalidItemException {
        if (json.peek() != '"') {
            throw bad(BAD_FIELD, json.position(), name + " is not a string");
        }
        json.string();
    }

    private void sequenceNumber() throws InvalidItemException {
        text("SequenceNumber");
        boolean isEscaped = json.isTextEscaped();
        byte[] b = isEscaped ? copiedText() : buffer.bytes();
        int from = isEscaped ? 0 : json.textFrom();
        int to = from + json.textUtf8Length();
        if (to == from || to - from > ChangeOrder.MAX_DIGITS) {
            throw bad(BAD_FIELD, json.textFrom(), "SequenceNumber has not 1 to " + ChangeOrder.MAX_DIGITS + " digits");
        }
        int lowFrom = Math.max(from, to - 18);
        int middleFrom = Math.max(from, to - 36);
        highDigits = (short) digits(b, from, middleFrom);
        middleDigits = digits(b, middleFrom, lowFrom);
        lowDigits = digits(b, lowFrom, to);
    }

    /** Copies the text just taken, escapes resolved. */
    private byte[] copiedText() {
        int length = json.textUtf8Length();
        text = text.length < length ? new byte[length] : text;
        json.copyText(text, 0);
        return text;
    }

    private long digits(byte[] b, int from, int to) throws InvalidItemException {
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = b[i] - '0';
            if (digit < 0 || digit > 9) {
                throw bad(BAD_FIELD, json.textFrom(), "SequenceNumber has another character than digits");
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private void eventName() throws InvalidItemException {
        text("eventName");
        if (json.textIs("INSERT")) {
            event = Event.INSERT;
        } else if (json.textIs("MODIFY")) {
            event = Event.MODIFY;
        } else if (json.textIs("REMOVE")) {
            event = Event.REMOVE;
        } else {
            throw bad(BAD_FIELD, json.textFrom(), "eventName is not INSERT, MODIFY or REMOVE");
        }
    }

    /** Service and principal, spelled either as Lambda does or as the streams API does. */
    private boolean isTimeToLive() throws InvalidItemException {
        int brace = object("userIdentity");
        json.skipDistinct();
        json.position(brace);
        json.take('{');
        boolean isService = false;
        boolean isDynamoDb = false;
        if (json.takeIf('}')) {
            return false;
        }
        do {
            json.string();
            boolean isType = json.textIs("type") || json.textIs("Type");
            boolean isPrincipal = json.textIs("principalId") || json.textIs("PrincipalId");
            json.take(':');
            if ((isType || isPrincipal) && json.peek() == '"') {
                json.string();
                isService |= isType && json.textIs("Service");
                isDynamoDb |= isPrincipal && json.textIs("dynamodb.amazonaws.com");
            } else {
                json.skipValue();
            }
        } while (json.takeIf(','));
        json.take('}');
        return isService && isDynamoDb;
    }

    /** The stream, and the table in it: {@code arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL}. */
    private void sourceArn(BackupRecord record) throws InvalidItemException {
        text("eventSourceARN");
        String arn = json.text();
        if (!ARN_PATTERN.matcher(arn).matches()) {
            throw bad(BAD_FIELD, json.textFrom(), "eventSourceARN is no name of a stream");
        }
        int from = arn.indexOf(":table/");
        if (from >= 0) {
            int to = arn.indexOf('/', from + 7);
            record.tableName(
                    requireTableName(to < 0 ? arn.substring(from + 7) : arn.substring(from + 7, to), "eventSourceARN"));
            record.streamArn(arn);
        }
    }

    /** People are shown it, and so it must not be a text of megabytes, or one that looks like something else. */
    private String requireTableName(String name, String member) throws InvalidItemException {
        if (!TABLE_NAME_PATTERN.matcher(name).matches()) {
            throw bad(BAD_FIELD, json.textFrom(), member + " does not have the name of a table");
        }
        return name;
    }

    /** Seconds since 1970, whole or with a fraction or an exponent; some shippers write ISO 8601. */
    private void time(BackupRecord record) throws InvalidItemException {
        int c = json.peek();
        if (c == '"') {
            json.string();
            try {
                Instant instant = Instant.parse(json.text());
                record.time(instant, instant.getNano() == 0 ? TimePrecision.SECOND : TimePrecision.MILLISECOND);
            } catch (DateTimeParseException | ArithmeticException e) {
                throw bad(BAD_FIELD, json.textFrom(), "ApproximateCreationDateTime is no time");
            }
            return;
        }
        if (c != '-' && (c < '0' || c > '9')) {
            throw bad(BAD_FIELD, json.position(), "ApproximateCreationDateTime is no time");
        }
        json.number();
        epochTime(record, buffer.bytes(), json.textFrom(), json.textTo());
    }

    /** Digits times a power of ten, in integers: a double cannot tell all microseconds apart. */
    private static void epochTime(BackupRecord record, byte[] b, int from, int to) throws InvalidItemException {
        long digits = 0;
        int count = 0;
        int power = 0;
        int i = from;
        boolean inFraction = false;
        for (; i < to && b[i] != 'e' && b[i] != 'E'; i++) {
            if (b[i] == '.') {
                inFraction = true;
            } else if (b[i] < '0' || ++count > MAX_TIME_DIGITS) {
                throw bad(BAD_FIELD, from, "ApproximateCreationDateTime is out of range");
            } else {
                digits = digits * 10 + (b[i] - '0');
                power -= inFraction ? 1 : 0;
            }
        }
        if (i < to) {
            power += exponent(b, i + 1, to);
        }
        while (power < 0 && digits % 10 == 0 && digits != 0) {
            digits /= 10;
            power++;
        }
        if (power < 0) {
            record.time(scale(digits, power + 6, from), TimePrecision.MILLISECOND);
            return;
        }
        long value = scale(digits, power, from);
        // Ten digits are seconds until the year 2286, thirteen milliseconds, sixteen microseconds.
        if (value >= 100_000_000_000_000L) {
            record.time(value, TimePrecision.MICROSECOND);
        } else if (value >= 100_000_000_000L) {
            record.time(value * 1_000, TimePrecision.MILLISECOND);
        } else {
            boolean isWholeMinute = value % 60 == 0 && value < MINUTES_UNTIL_EPOCH_SECOND;
            record.time(value * 1_000_000, isWholeMinute ? TimePrecision.MINUTE : TimePrecision.SECOND);
        }
    }

    private static long scale(long digits, int power, int position) throws InvalidItemException {
        long value = digits;
        for (int p = power; p != 0; p += p > 0 ? -1 : 1) {
            if (p > 0 && value > Long.MAX_VALUE / 100) {
                throw bad(BAD_FIELD, position, "ApproximateCreationDateTime is out of range");
            }
            value = p > 0 ? value * 10 : value / 10;
        }
        return value;
    }

    private static int exponent(byte[] b, int from, int to) throws InvalidItemException {
        int i = from;
        boolean negative = b[i] == '-';
        if (b[i] == '-' || b[i] == '+') {
            i++;
        }
        int value = 0;
        for (; i < to; i++) {
            value = value * 10 + (b[i] - '0');
            if (value > 30) {
                throw bad(BAD_FIELD, from, "ApproximateCreationDateTime is out of range");
            }
        }
        return negative ? -value : value;
    }

    private String tableName() throws InvalidItemException {
        if (tableName.isEmpty() || !json.textIs(tableNameUtf8)) {
            tableName = requireTableName(json.text(), "tableName");
            tableNameUtf8 = tableName.getBytes(StandardCharsets.UTF_8);
        }
        return tableName;
    }

    /** Tells two changes of the same time and content from one that was delivered twice, by the string just taken. */
    private void identity() {
        if (isHexIdentity()) {
            return;
        }
        byte[] copy = copiedText();
        MessageDigest digest = md5 == null ? md5() : md5;
        md5 = digest;
        digest.update(copy, 0, json.textUtf8Length());
        ByteBuffer halves = ByteBuffer.wrap(digest.digest());
        idHigh = halves.getLong();
        idLow = halves.getLong();
    }

    /** Whether it is a UUID, or as many digits without hyphens, as most are: then it needs no digest. */
    private boolean isHexIdentity() {
        byte[] b = buffer.bytes();
        int to = json.textTo();
        int digits = 0;
        long last = 0;
        for (int i = json.textFrom(); i < to; i++) {
            int digit = HEX_DIGITS[b[i] & 0xff];
            if (digit >= 0) {
                if (digits++ == 2 * Long.BYTES) {
                    idHigh = last;
                }
                last = last << 4 | digit;
            } else if (b[i] != '-') {
                return false;
            }
        }
        idLow = last;
        return digits == 2 * Long.BYTES * 2;
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }

    /** Undoes the second base64 of keys, and of what is no item: the record may have it, or is refused for it. */
    private void unwrapUnchecked(BackupRecord record) throws InvalidItemException {
        if (mayKeysHaveBinary && keys.unwrapUnchecked(record.keysBytes(), record.keysOffset(), record.keysLength())) {
            record.keys(keys.bytes(), keys.offset(), keys.length());
        }
        if (record.hasNewImage()
                && newImage.isUnchecked()
                && newImage.unwrapUnchecked(record.newImageBytes(), record.newImageOffset(), record.newImageLength())) {
            items.scan(newImage.bytes(), newImage.offset(), newImage.offset() + newImage.length());
            record.newImage(
                    newImage.bytes(), newImage.offset(), newImage.length(), items.itemSizeBytes(), items.digest());
        }
        if (record.hasOldImage()
                && oldImage.isUnchecked()
                && oldImage.unwrapUnchecked(record.oldImageBytes(), record.oldImageOffset(), record.oldImageLength())) {
            record.oldImage(oldImage.bytes(), oldImage.offset(), oldImage.length(), digestOfUnwrapped());
        }
    }

    private long digestOfUnwrapped() {
        try {
            items.scan(oldImage.bytes(), oldImage.offset(), oldImage.offset() + oldImage.length());
            return items.digest();
        } catch (InvalidItemException e) {
            return 0;
        }
    }

    private void check(BackupRecord record) throws InvalidItemException {
        if ((seen & KEYS) == 0 || event == Event.NONE) {
            throw bad(UNKNOWN_SHAPE, buffer.start(), "neither a stream record nor one of its lines");
        }
        boolean isOfKinesis = (seen & (TABLE_NAME | SEQUENCE_NUMBER | DYNAMODB)) == (TABLE_NAME | DYNAMODB);
        if (isOfKinesis != (shape == RecordShape.KINESIS)) {
            throw bad(
                    UNKNOWN_SHAPE,
                    buffer.start(),
                    isOfKinesis ? "a record of Kinesis, not of a stream" : "no record of Kinesis");
        }
        if (isOfKinesis) {
            unwrapUnchecked(record);
        }
        record.insert(event == Event.INSERT);
        if (event == Event.REMOVE) {
            record.kind(BackupRecord.Kind.DELETE);
        } else if (!record.hasNewImage()) {
            throw bad(
                    NO_NEW_IMAGE, buffer.start(), "a put without NewImage: the stream's view does not hold new images");
        }
        if ((seen & SEQUENCE_NUMBER) != 0) {
            record.order(ChangeOrder.Basis.SEQUENCE_NUMBER, highDigits, middleDigits, lowDigits);
        } else if (record.hasTime()) {
            record.order(ChangeOrder.Basis.TIME, (short) 0, idHigh, idLow);
        } else {
            throw bad(NO_ORDER, buffer.start(), "neither SequenceNumber nor a time to order the change by");
        }
    }

    private static InvalidItemException bad(String reason, int position, String detail) {
        return new InvalidItemException(reason, position, detail);
    }
}
