/* The claim-and-wait protocol of src/machine/phases.*, for spin to walk through every order in which its workers' loads,
 * claims and additions can fall: scripts/check model. WORKERS, BLOCKS and PHASES are set on the command line.
 *
 * Any worker may never arrive. May it take another's block? The program waits for a while first; here it may at any
 * moment, so that whatever the program does is among what is looked at. Memory is sequentially consistent here; why the
 * orders that the program asks for are enough is argued in docs/phases.md.
 */
#define POINTS (PHASES * BLOCKS)

byte claimed[BLOCKS]; /* last phase that claimed the block */
byte done;            /* blocks finished */
byte ran[POINTS];     /* times that a block of a phase was run */
byte arrived;

#define SHARE(w) (BLOCKS * (w) / WORKERS)

/* Worker::claim: a load, then a compare-exchange that may find another value. */
inline claim(b) {
  last = claimed[b];
  won = 0;
  if
  :: last < phase -> atomic {
       if
       :: claimed[b] == last -> claimed[b] = phase; won = 1
       :: else
       fi
     }
  :: else
  fi
}

/* What the caller's block() does: all of the phase before is done, and nobody ran this one. */
inline do_block(b) {
  atomic {
    assert(done >= (phase - 1) * BLOCKS);
    ran[(phase - 1) * BLOCKS + b]++;
    assert(ran[(phase - 1) * BLOCKS + b] == 1)
  }
}

/* In the wait: another's block, or one that was lost to somebody. Stands still where no block is left to take and the
 * phase is not over, so that a phase that nobody can end is an invalid end state. */
inline take(block) {
  claim(block);
  if
  :: won -> do_block(block); done++
  :: else
  fi
}

proctype worker(byte me) {
  byte phase = 0, target = 0, last, won, finished, b;
  do
  :: phase == PHASES -> break
  :: phase < PHASES ->
     phase++;
     target = target + BLOCKS;
     finished = 0;
     b = SHARE(me);
     do
     :: b < SHARE(me + 1) ->
        claim(b);
        if
        :: won -> do_block(b); finished++
        :: else
        fi;
        b++
     :: else -> break
     od;
     done = done + finished;
     do
     :: done >= target -> break
     :: done < target && claimed[0] < phase -> take(0)
#if BLOCKS > 1
     :: done < target && claimed[1] < phase -> take(1)
#endif
#if BLOCKS > 2
     :: done < target && claimed[2] < phase -> take(2)
#endif
     od;
     /* The phase is over: all its blocks were run, each once. */
     atomic {
       b = 0;
       do
       :: b < BLOCKS -> assert(ran[(phase - 1) * BLOCKS + b] == 1); b++
       :: else -> break
       od
     }
  od
}

init {
  byte w = 0;
  atomic {
    do
    :: w < WORKERS ->
       if
       :: run worker(w); arrived++
       :: skip /* never arrives */
       fi;
       w++
    :: else -> break
    od
  }
}
