// The grammar of the language. Between lexer and parser stands the newline filter (parse/Layout),
// which takes out NL, `;` between statements and COMMENT, and makes two tokens:
//   SEP   ends a statement or member: a newline that counts, a `;`, and once before every `}` of a
//         block and before the end of the file
//   BODY  the `{` that opens the body of if / else / for / while / match (so `{` is anything else)
// Kept free of predicates and actions. Labels name the cases for the AST builder.
grammar NN;
tokens { SEP, BODY }

// ---- entry points: one statement of a file; the expression in the braces of a text literal; one
// member of a model or struct, where the parser goes on after an error
statement : stmt SEP ;
hole      : expr SEP EOF ;
oneMember : member (',' | SEP) ;

block     : '{' (stmt SEP)* '}' ;
body      : BODY (stmt SEP)* '}' ;

// ---- statements
stmt      : (mark SEP?)* (item | loop | binding)                            # MarkedStmt
          | 'import' source (',' source)*                                   # ImportStmt
          | 'arg' NAME ':' type ('=' expr)? STRING?                         # ArgStmt
          | 'test' STRING block                                             # TestStmt
          | 'return' expr?                                                  # ReturnStmt
          | 'break'                                                         # BreakStmt
          | 'continue'                                                      # ContinueStmt
          | word_=('expect' | 'assume') expr                                # ConditionStmt
          | expr (op=('=' | '+=' | '-=' | '*=' | '/=') expr)?               # ExprOrAssign
          ;
source    : (STRING | path) ('as' NAME)? ('{' SEP? imported (',' SEP? imported)* ','? SEP? '}')? ;
imported  : name ('as' NAME)? ;
mark      : 'pub' | 'export' | '@' word ('(' args? ')')? ;
loop      : 'for' pattern 'in' expr body                                    # ForLoop
          | 'while' expr body                                               # WhileLoop
          ;
binding   : word_=('let' | 'var') pattern '=' expr ;

// ---- declarations
item      : 'fn' name generics? params? ('->' type)? facts? (block | '=' expr)?       # FnItem
          | word_=('model' | 'struct') NAME generics? facts?
            '{' (member (',' SEP? | SEP))* '}'                              # StructItem
          | 'enum' NAME generics? '{' (variant (',' SEP? | SEP))* '}'       # EnumItem
          ;
member    : (mark SEP?)* item                                               # ItemMember
          | role=('param' | 'state')? name ':' type ('=' expr)? facts?      # FieldMember
          ;
variant   : NAME ('(' variantField (',' variantField)* ','? ')')? ;
variantField : (name ':')? type ;
generics  : '[' generic (',' generic)* ','? ']' ;
generic   : '..'? NAME (':' word)? ('=' type)? ;                    // K = 3, ..S, M: model
params    : '(' (param (',' param)* ','?)? ')' ;
param     : '&'? name (':' type)? ('=' expr)? ;                     // x: T, rng: &Rng, &self
facts     : 'where' fact (',' fact)* ;
fact      : dim op=('==' | '!=' | '<' | '<=' | '>' | '>=') dim ;

// ---- types and dims: a type argument may be either, so one rule reads both
type      : '&' type                                                        # RefT
          | 'fn' generics? '(' (type (',' type)* ','?)? ')' ('->' type)?    # FnT
          | dim                                                             # DimT
          ;
dim       : dim '?'                                                         # OptionalD
          | <assoc=right> dim '^' dim                                       # PowerD
          | '-' dim                                                         # NegD
          | dim op=('*' | '/' | '%') dim                                    # BinaryD
          | dim op=('+' | '-') dim                                          # BinaryD
          | INT                                                             # IntD
          | '?' NAME                                                        # FreshD
          | '..' NAME                                                       # PackD
          | '(' (type (',' type)* ','?)? ')'                                # TupleD
          | '[' type ((';' | ':') type)? ']'                                # ListD
          | path ('[' (typeArg (',' typeArg)* ','?)? ']' | '(' dim (',' dim)* ')')?   # NamedD
          ;
typeArg   : (NAME ':')? type ;
path      : name ('.' word)* ;

pattern   : '&'? name (':' type)?                                           # NameP
          | NAME '(' pattern (',' pattern)* ','? ')'                        # VariantP
          | '(' (pattern (',' pattern)* ','?)? ')' (':' type)?              # TupleP
          | ('-'? (INT | FLOAT) | STRING | 'true' | 'false')                # LiteralP
          ;

// ---- expressions, tightest first
expr      : expr '.' word                                                   # FieldE
          | expr '[' (index (',' index)* ','?)? ']'                         # IndexE
          | expr '(' args? ')'                                              # CallE
          | expr closure                                                    # TrailingE
          | <assoc=right> expr op='^' expr                                  # BinaryE
          | op=('-' | '!') expr                                             # UnaryE
          | expr op=('*' | '/' | '%' | '@') expr                            # BinaryE
          | expr op=('+' | '-') expr                                        # BinaryE
          | expr op=('..' | '..=') expr                                     # RangeE
          | expr op=('==' | '!=' | '<' | '<=' | '>' | '>=') expr            # BinaryE
          | expr op='&&' expr                                               # BinaryE
          | expr op='||' expr                                               # BinaryE
          | expr op='|>' expr                                               # PipeE
          | expr 'catch' closure                                            # CatchE
          | branch ('else' branch)* ('else' body)?                          # IfE
          | 'match' expr BODY (arm (',' SEP? | SEP))* '}'                   # MatchE
          | closure                                                         # ClosureE
          | '(' (expr (',' expr)* ','?)? ')'                                # TupleE
          | '[' (entry (';' expr | (',' entry)* ','?) | ':')? ']'           # ListE
          | INT                                                             # IntE
          | FLOAT                                                           # FloatE
          | STRING                                                          # StringE
          | ('true' | 'false')                                              # BoolE
          | name                                                            # NameE
          ;
branch    : 'if' ('let' pattern '=')? expr body ;
arm       : pattern '=>' (body | stmt) ;
closure   : '{' (pattern (',' pattern)* '=>' SEP?)? (stmt SEP)* '}' ;
entry     : expr (':' expr)? ;
args      : argument (',' argument)* ','? ;
argument  : (word ':')? '&'? expr ;
index     : 'new'                                                           # NewI
          | '..' NAME?                                                      # RestI
          | expr (':' expr? (':' expr?)?)?                                  # ValueI
          | ':' expr? (':' expr?)?                                          # SliceI
          ;

// ---- words that are names where nothing begins with them that way, and all words for use after a
// dot, before the `:` of an argument and after `@`
name      : NAME | 'arg' | 'test' | 'param' | 'state' | 'as' ;
word      : name | 'where' | 'in' | 'new' | 'model' | 'struct' | 'enum' | 'fn' | 'match' | 'if'
          | 'else' | 'for' | 'while' | 'export' | 'import' | 'expect' | 'assume' | 'return' | 'let'
          | 'var' | 'catch' | 'pub' | 'break' | 'continue' ;

// ---- tokens
ARG : 'arg' ;        AS : 'as' ;          ASSUME : 'assume' ;  BREAK : 'break' ;  CATCH : 'catch' ;
CONTINUE : 'continue' ;  ELSE : 'else' ;  ENUM : 'enum' ;      EXPECT : 'expect' ;
EXPORT : 'export' ;  FALSE : 'false' ;    FN : 'fn' ;          FOR : 'for' ;      IF : 'if' ;
IMPORT : 'import' ;  IN : 'in' ;          LET : 'let' ;        MATCH : 'match' ;  MODEL : 'model' ;
NEW : 'new' ;        PARAM : 'param' ;    PUB : 'pub' ;        RETURN : 'return' ;
STATE : 'state' ;    STRUCT : 'struct' ;  TEST : 'test' ;      TRUE : 'true' ;    VAR : 'var' ;
WHERE : 'where' ;    WHILE : 'while' ;

LPAREN : '(' ;  RPAREN : ')' ;  LBRACKET : '[' ;  RBRACKET : ']' ;  LBRACE : '{' ;  RBRACE : '}' ;
PLUS : '+' ;    MINUS : '-' ;   STAR : '*' ;      SLASH : '/' ;     PERCENT : '%' ; CARET : '^' ;
AT : '@' ;      EQ : '==' ;     NE : '!=' ;       LT : '<' ;        LE : '<=' ;     GT : '>' ;
GE : '>=' ;     ANDAND : '&&' ; OROR : '||' ;     BANG : '!' ;      AMP : '&' ;     DOT : '.' ;
DOTDOT : '..' ; DOTDOTEQ : '..=' ;  ASSIGN : '=' ;  PLUSEQ : '+=' ; MINUSEQ : '-=' ; STAREQ : '*=' ;
SLASHEQ : '/=' ; FATARROW : '=>' ; ARROW : '->' ; PIPE : '|>' ;     COMMA : ',' ;   COLON : ':' ;
QUESTION : '?' ; SEMI : ';' ;

STRING   : '"' (~["\\{\r\n] | '\\' ~[\r\n] | HOLE)* '"' ;
fragment HOLE : '{' (~["{}\r\n] | STRING | HOLE)* '}' ;
FLOAT    : DIGITS '.' DIGITS EXP? | DIGITS EXP ;
INT      : DIGITS | '0x' [0-9a-fA-F_]+ | '0b' [01_]+ ;
fragment DIGITS : [0-9] [0-9_]* ;
fragment EXP : [eE] [+-]? DIGITS ;
NAME     : [\p{L}_] [\p{L}\p{M}\p{N}_]* ;
COMMENT  : '//' ~[\r\n]* ;
NL       : '\r'? '\n' ;
WS       : [ \t]+ -> skip ;
BAD      : . ;
