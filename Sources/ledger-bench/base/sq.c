// The base that ledger-bench measures against: plain C over the system's SQLite and libcrypto. Not edited.
// sq: raw sqlite3 limits.
//  sq insert EVENTS N DB SCHEMA(bare|idx) BATCH(0=all) SYNC(FULL|NORMAL|OFF) HASH(0|1) [AUTOCKPT pages]
//  sq read   DB MODE(scan|cols|chain|both|chainraw|bothraw|json) MMAP_MB COLD(0|1)
//  sq get    DB K      random point reads by seq, and whole streams by (stream) when schema idx
#include "common.h"
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sqlite3.h>
static EVP_MD_CTX*c;static const EVP_MD*md;static int raw;
static void h2(const void*a,size_t n,const void*b,size_t m,unsigned char*o){
  if(raw){SHA256_CTX s;SHA256_Init(&s);if(n)SHA256_Update(&s,a,n);if(m)SHA256_Update(&s,b,m);SHA256_Final(o,&s);return;}
  unsigned l;EVP_DigestInit_ex(c,md,0);if(n)EVP_DigestUpdate(c,a,n);if(m)EVP_DigestUpdate(c,b,m);EVP_DigestFinal_ex(c,o,&l);}
static sqlite3*db;
static void X(const char*s){char*e=0;if(sqlite3_exec(db,s,0,0,&e)){fprintf(stderr,"%s: %s\n",s,e);exit(1);}}
static int cmpd(const void*a,const void*b){double x=*(double*)a,y=*(double*)b;return x<y?-1:x>y;}
int main(int a,char**v){c=EVP_MD_CTX_new();md=EVP_MD_fetch(0,"SHA256",0);
 if(!strcmp(v[1],"insert")){
  long n=atol(v[3]);load(v[2],n);n=nev;const char*fn=v[4];int idx=!strcmp(v[5],"idx");long batch=atol(v[6]);const char*sy=v[7];int hash=atoi(v[8]);
  char t1[512];unlink(fn);sprintf(t1,"%s-wal",fn);unlink(t1);sprintf(t1,"%s-shm",fn);unlink(t1);
  sqlite3_open(fn,&db);X("PRAGMA journal_mode=WAL");sprintf(t1,"PRAGMA synchronous=%s",sy);X(t1);
  if(a>9){sprintf(t1,"PRAGMA wal_autocheckpoint=%s",v[9]);X(t1);}
  if(idx)X("CREATE TABLE events(seq INTEGER PRIMARY KEY,id TEXT NOT NULL UNIQUE,stream TEXT NOT NULL,ver INTEGER NOT NULL,type TEXT NOT NULL,time INTEGER NOT NULL,actor TEXT NOT NULL,hash BLOB NOT NULL,body BLOB NOT NULL,UNIQUE(stream,ver)) STRICT");
  else X("CREATE TABLE events(seq INTEGER PRIMARY KEY,hash BLOB NOT NULL,body BLOB NOT NULL) STRICT");
  sqlite3_stmt*s,*B,*C;
  if(sqlite3_prepare_v2(db,idx?"INSERT INTO events VALUES(?,?,?,?,?,?,?,?,?)":"INSERT INTO events VALUES(?,?,?)",-1,&s,0)){fprintf(stderr,"%s\n",sqlite3_errmsg(db));return 1;}
  sqlite3_prepare_v2(db,"BEGIN IMMEDIATE",-1,&B,0);sqlite3_prepare_v2(db,"COMMIT",-1,&C,0);
  unsigned char p[32]={0};double*lat=batch&&batch<=1000?malloc(sizeof(double)*(n/batch+2)):0;long nl=0;double c0=cpu(),t=now(),tb=t;
  for(long i=0;i<n;i++){
    if(batch?i%batch==0:i==0){tb=now();sqlite3_step(B);sqlite3_reset(B);}
    Ev*e=&ev[i];if(hash)h2(p,32,e->p,e->len,p);
    sqlite3_bind_int64(s,1,i+1);int k=2;
    if(idx){sqlite3_bind_text(s,k++,e->id,e->idn,SQLITE_STATIC);sqlite3_bind_text(s,k++,e->stream,e->strn,SQLITE_STATIC);sqlite3_bind_int64(s,k++,e->ver);sqlite3_bind_text(s,k++,e->type,e->typn,SQLITE_STATIC);sqlite3_bind_int64(s,k++,e->time);sqlite3_bind_text(s,k++,e->actor,e->actn,SQLITE_STATIC);}
    sqlite3_bind_blob(s,k++,p,32,SQLITE_STATIC);sqlite3_bind_blob(s,k,e->p,e->len,SQLITE_STATIC);
    if(sqlite3_step(s)!=SQLITE_DONE){fprintf(stderr,"%s\n",sqlite3_errmsg(db));return 1;}sqlite3_reset(s);
    if(i==n-1||(batch&&i%batch==batch-1)){if(sqlite3_step(C)!=SQLITE_DONE){fprintf(stderr,"commit %s\n",sqlite3_errmsg(db));return 1;}sqlite3_reset(C);if(lat)lat[nl++]=now()-tb;}
  }
  t=now()-t;double c1=cpu()-c0;double tk=now();sqlite3_wal_checkpoint_v2(db,0,SQLITE_CHECKPOINT_TRUNCATE,0,0);tk=now()-tk;
  double p50=0,p99=0;if(lat&&nl){qsort(lat,nl,sizeof(double),cmpd);p50=lat[nl/2];p99=lat[nl*99/100];}
  sqlite3_finalize(s);sqlite3_finalize(B);sqlite3_finalize(C);sqlite3_close(db);
  printf("{\"bench\":\"sq_insert_%s_b%ld_%s_h%d%s%s\",\"n\":%ld,\"secs\":%.6f,\"rate\":%.1f,\"cpu_s\":%.3f,\"final_ckpt_s\":%.4f,\"rate_incl_ckpt\":%.1f,\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"rss_kb\":%ld,\"bytes_per_event\":%.1f,\"body_bytes\":%.1f}\n",v[5],batch,sy,hash,a>9?"_ck":"",a>9?v[9]:"",n,t,n/t,c1,tk,n/(t+tk),p50*1e3,p99*1e3,rss(),(double)fsize(fn)/n,(double)total/n);
 }else if(!strcmp(v[1],"read")){
  const char*fn=v[2],*m=v[3];long mm=atol(v[4]);int cold=atoi(v[5]);char t1[200];raw=strstr(m,"raw")!=0;
  if(cold){int fd=open(fn,O_RDONLY);fdatasync(fd);posix_fadvise(fd,0,0,POSIX_FADV_DONTNEED);close(fd);}
  sqlite3_open_v2(fn,&db,SQLITE_OPEN_READONLY,0);sprintf(t1,"PRAGMA mmap_size=%ld",mm<<20);X(t1);
  int chain=!strncmp(m,"chain",5)||!strncmp(m,"both",4),mk=!strncmp(m,"both",4),js=!strcmp(m,"json");
  sqlite3_stmt*s;if(sqlite3_prepare_v2(db,js?"SELECT seq,hash,json_valid(body) FROM events ORDER BY seq":"SELECT seq,hash,body FROM events ORDER BY seq",-1,&s,0))return 1;
  unsigned char p[32]={0},st[64][33],b[65];int lv[64],top=0;long n=0,bad=0;size_t by=0;volatile unsigned sink=0;double c0=cpu(),t=now();
  while(sqlite3_step(s)==SQLITE_ROW){n++;if(!strcmp(m,"scan"))continue;
    sqlite3_int64 q=sqlite3_column_int64(s,0);const void*h=sqlite3_column_blob(s,1);if(js){bad+=!sqlite3_column_int(s,2);continue;}
    const unsigned char*d=sqlite3_column_blob(s,2);int l=sqlite3_column_bytes(s,2);by+=l;
    if(chain){h2(p,32,d,l,p);if(memcmp(p,h,32)||q!=n)bad++;}else sink+=d[0]+d[l-1]+*(unsigned char*)h;
    if(mk){h2("\0",1,d,l,st[top]);lv[top++]=0;while(top>1&&lv[top-1]==lv[top-2]){b[0]=1;memcpy(b+1,st[top-2],32);memcpy(b+33,st[top-1],32);h2(b,65,0,0,st[top-2]);lv[top-2]++;top--;}}
  }
  t=now()-t;double c1=cpu()-c0;
  printf("{\"bench\":\"sq_read_%s_mmap%ld_%s\",\"n\":%ld,\"secs\":%.6f,\"rate\":%.1f,\"cpu_s\":%.3f,\"mb_s\":%.1f,\"bad\":%ld,\"rss_kb\":%ld}\n",m,mm,cold?"cold":"warm",n,t,n/t,c1,by/t/1e6,bad,rss());
 }else{ // get
  const char*fn=v[2];long K=atol(v[3]);sqlite3_open_v2(fn,&db,SQLITE_OPEN_READONLY,0);sqlite3_stmt*s;
  sqlite3_prepare_v2(db,"SELECT max(seq) FROM events",-1,&s,0);sqlite3_step(s);long n=sqlite3_column_int64(s,0);sqlite3_finalize(s);
  sqlite3_prepare_v2(db,"SELECT hash,body FROM events WHERE seq=?",-1,&s,0);uint64_t x=88172645463325252ULL;volatile unsigned sink=0;double t=now();
  for(long i=0;i<K;i++){x^=x<<13;x^=x>>7;x^=x<<17;sqlite3_bind_int64(s,1,1+x%n);if(sqlite3_step(s)!=SQLITE_ROW)return 1;sink+=*(unsigned char*)sqlite3_column_blob(s,1);sqlite3_reset(s);}
  t=now()-t;printf("{\"bench\":\"sq_get_seq\",\"n\":%ld,\"secs\":%.6f,\"rate\":%.1f,\"rss_kb\":%ld}\n",K,t,K/t,rss());sqlite3_finalize(s);
  // collect some streams
  if(sqlite3_prepare_v2(db,"SELECT stream FROM events WHERE seq=?",-1,&s,0)==0){long S=K/20;char**nm=malloc(sizeof(char*)*S);
   for(long i=0;i<S;i++){x^=x<<13;x^=x>>7;x^=x<<17;sqlite3_bind_int64(s,1,1+x%n);sqlite3_step(s);nm[i]=strdup((char*)sqlite3_column_text(s,0));sqlite3_reset(s);}sqlite3_finalize(s);
   sqlite3_prepare_v2(db,"SELECT hash,body FROM events WHERE stream=? ORDER BY ver",-1,&s,0);long ne=0;t=now();
   for(long i=0;i<S;i++){sqlite3_bind_text(s,1,nm[i],-1,SQLITE_STATIC);while(sqlite3_step(s)==SQLITE_ROW){ne++;sink+=*(unsigned char*)sqlite3_column_blob(s,1);}sqlite3_reset(s);}
   t=now()-t;printf("{\"bench\":\"sq_get_stream\",\"n\":%ld,\"secs\":%.6f,\"rate\":%.1f,\"events_per_s\":%.1f,\"rss_kb\":%ld}\n",S,t,S/t,ne/t,rss());}
 }
 return 0;}
