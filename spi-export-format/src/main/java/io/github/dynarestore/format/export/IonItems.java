package io.github.dynarestore.format.export;

import com.amazon.ion.IonReader;
import com.amazon.ion.IonType;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.ItemScanner;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Makes attribute values of Ion values (developer guide, "DynamoDB table export output format", Amazon Ion). Numbers never
 * pass through a double.
 */
final class IonItems {

    /** Deeper than any item: how deep one may be says who checks the outcome. */
    private static final int MAX_NESTING = 50;

    /** Beyond what DynamoDB holds, so that a short text cannot stand for a number of gigabytes. */
    private static final int MAX_SCALE = 200;

    private static final String STRING_SET = "$dynamodb_SS";
    private static final String NUMBER_SET = "$dynamodb_NS";
    private static final String BINARY_SET = "$dynamodb_BS";

    /**
     * Twice what an item may have, since members are counted more roughly here: who checks the outcome is exact. A text of
     * a record's length would otherwise become objects of a hundred times that.
     */
    private static final int MAX_SIZE = 2 * ItemScanner.MAX_ITEM_BYTES;

    private static final int CONTAINER_SIZE = 3;

    private int size;

    /** Reads the struct that the reader stands on. */
    Map<String, AttributeValue> read(IonReader ion) throws InvalidItemException {
        if (ion.getType() != IonType.STRUCT || ion.isNullValue()) {
            throw type("not a struct of attributes");
        }
        size = 0;
        return struct(ion, 0);
    }

    private Map<String, AttributeValue> struct(IonReader ion, int depth) throws InvalidItemException {
        requireDepth(depth);
        add(CONTAINER_SIZE);
        Map<String, AttributeValue> attributes = new LinkedHashMap<>();
        ion.stepIn();
        while (ion.next() != null) {
            String name = ion.getFieldName();
            add(name.length());
            if (attributes.put(name, value(ion, depth)) != null) {
                throw new InvalidItemException("item.duplicate-name", 0, "one name stands twice");
            }
        }
        ion.stepOut();
        return attributes;
    }

    private void add(int bytes) throws InvalidItemException {
        size += bytes;
        if (size > MAX_SIZE) {
            throw new InvalidItemException(
                    "item.too-large",
                    0,
                    "an item that is larger than the " + ItemScanner.MAX_ITEM_BYTES + " bytes that DynamoDB takes");
        }
    }

    private AttributeValue value(IonReader ion, int depth) throws InvalidItemException {
        add(1);
        if (ion.isNullValue()) {
            return AttributeValue.fromNul(true);
        }
        return switch (ion.getType()) {
            case STRING -> AttributeValue.fromS(text(ion));
            case BOOL -> AttributeValue.fromBool(ion.booleanValue());
            case INT, DECIMAL -> AttributeValue.fromN(number(ion));
            case BLOB -> AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(binary(ion)));
            case STRUCT -> AttributeValue.fromM(struct(ion, depth + 1));
            case LIST -> list(ion, depth + 1);
            default -> throw type("a value of the Ion type " + ion.getType());
        };
    }

    private String text(IonReader ion) throws InvalidItemException {
        String text = ion.stringValue();
        add(text.length());
        return text;
    }

    private byte[] binary(IonReader ion) throws InvalidItemException {
        byte[] bytes = ion.newBytes();
        add(bytes.length);
        return bytes;
    }

    private static String number(IonReader ion) throws InvalidItemException {
        BigDecimal number = ion.bigDecimalValue();
        if (Math.abs((long) number.scale()) > MAX_SCALE || number.precision() > MAX_SCALE) {
            throw new InvalidItemException("item.number", 0, "out of DynamoDB's range of numbers");
        }
        return number.stripTrailingZeros().toPlainString();
    }

    private AttributeValue list(IonReader ion, int depth) throws InvalidItemException {
        requireDepth(depth);
        add(CONTAINER_SIZE);
        String[] annotations = ion.getTypeAnnotations();
        if (annotations.length > 1) {
            throw type("a list with several annotations");
        }
        String kind = annotations.length == 0 ? "" : annotations[0];
        List<AttributeValue> members = new ArrayList<>();
        ion.stepIn();
        while (ion.next() != null) {
            members.add(value(ion, depth));
        }
        ion.stepOut();
        return switch (kind) {
            case "" -> AttributeValue.fromL(members);
            case STRING_SET -> AttributeValue.fromSs(texts(members, AttributeValue.Type.S));
            case NUMBER_SET -> AttributeValue.fromNs(texts(members, AttributeValue.Type.N));
            case BINARY_SET -> AttributeValue.fromBs(binaries(members));
            default -> throw type("a list with an annotation that is not DynamoDB's");
        };
    }

    private static List<String> texts(List<AttributeValue> members, AttributeValue.Type type)
            throws InvalidItemException {
        List<String> texts = new ArrayList<>();
        for (AttributeValue member : members) {
            requireType(member, type);
            texts.add(type == AttributeValue.Type.S ? member.s() : member.n());
        }
        return texts;
    }

    private static List<SdkBytes> binaries(List<AttributeValue> members) throws InvalidItemException {
        List<SdkBytes> binaries = new ArrayList<>();
        for (AttributeValue member : members) {
            requireType(member, AttributeValue.Type.B);
            binaries.add(member.b());
        }
        return binaries;
    }

    private static void requireType(AttributeValue member, AttributeValue.Type type) throws InvalidItemException {
        if (member.type() != type) {
            throw type("a set with a member of another type");
        }
    }

    private static void requireDepth(int depth) throws InvalidItemException {
        if (depth > MAX_NESTING) {
            throw new InvalidItemException("item.nesting", 0, "nested more than " + MAX_NESTING + " deep");
        }
    }

    private static InvalidItemException type(String detail) {
        return new InvalidItemException("item.type", 0, detail);
    }
}
