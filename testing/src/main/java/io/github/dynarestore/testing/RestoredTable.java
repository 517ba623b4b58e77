package io.github.dynarestore.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Has a JUnit 5 test find a table full of data: of a class for all of its tests, of a method for that one, or of a parameter
 * of type {@link TestTable} or {@code String} (the table's name). A class or method may ask for the table by a parameter of
 * type {@link TestTable}, for its name by one with {@link TableName}, and for a client by {@code DynamoDbClient} or {@code
 * DynamoDbAsyncClient}.
 *
 * <p>A method's table hides that of its class, and a nested class's that of the class around it.
 *
 * <p>The configuration parameter {@code dynarestore.testing.dynamodb-endpoint} names a server that runs elsewhere.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RestoredTableExtension.class)
@ResourceLock(providers = ResetLocks.class)
public @interface RestoredTable {

    /** What the table is called; its real name has something unique behind. */
    String name();

    /** Where the data lies, such as {@code classpath:orders/}; see {@link TableFixture}. */
    String from();

    /** The cut, such as {@code 2016-10-15T23:59:59Z}; everything counts unless given. */
    String asOf() default "";

    /** Key attributes with their types, partition key first, such as {@code "id:S"}; found out unless given. */
    String[] key() default {};

    /** Id of the data's format, such as {@code csv}; recognised unless given. */
    String format() default "";

    /** What the columns of a positional format mean, such as {@code id string,n bigint}. */
    String columns() default "";

    /** When the table is brought back to what was restored. */
    Reset reset() default Reset.NEVER;

    /** When the table of a class is brought back to what was restored. */
    enum Reset {
        /** What a test changes stays for the next one. */
        NEVER,
        /** Before each test, those of nested classes among them; such tests never run at the same time. */
        EACH_TEST
    }
}
